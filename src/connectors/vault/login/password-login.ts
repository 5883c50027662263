import type { Secret } from '../../../core/secret.ts'
import type { LoginMethod, LoginRequest } from './login-method.ts'

export interface PasswordLoginSettings {
  readonly kind: 'userpass' | 'ldap'
  readonly mount: string
  readonly username: string
  /** Undefined when a person types it. */
  readonly passwordFile: string | undefined
  readonly password: () => Promise<Secret>
}

/** A name and a password: `userpass` and `ldap` take the same request. */
export class PasswordLogin implements LoginMethod {
  readonly kind: string
  readonly mount: string
  readonly files: readonly string[]
  readonly #settings: PasswordLoginSettings

  constructor(settings: PasswordLoginSettings) {
    this.kind = settings.kind
    this.mount = settings.mount
    this.files = settings.passwordFile === undefined ? [] : [settings.passwordFile]
    this.#settings = settings
  }

  async request(): Promise<LoginRequest> {
    const password = await this.#settings.password()
    const path = `login/${encodeURIComponent(this.#settings.username)}`
    return { path, body: { password: password.reveal() }, secrets: [password] }
  }
}
