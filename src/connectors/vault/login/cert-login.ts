import type { LoginMethod, LoginRequest } from './login-method.ts'

export interface CertLoginSettings {
  readonly mount: string
  /** The role; undefined lets the server find one that fits. */
  readonly role: string | undefined
  /** Certificate and key of the connection, which is made afresh for each login. */
  readonly files: readonly string[]
}

/** The TLS client certificate of the connection itself. */
export class CertLogin implements LoginMethod {
  readonly kind = 'cert'
  readonly mount: string
  readonly files: readonly string[]
  readonly #role: string | undefined

  constructor({ mount, role, files }: CertLoginSettings) {
    this.mount = mount
    this.files = files
    this.#role = role
  }

  request(): Promise<LoginRequest> {
    return Promise.resolve({ path: 'login', body: this.#role === undefined ? {} : { name: this.#role }, secrets: [] })
  }
}
