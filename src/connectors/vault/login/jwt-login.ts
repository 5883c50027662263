import type { LoginMethod, LoginRequest, ReadCredential } from './login-method.ts'

export interface JwtLoginSettings {
  readonly kind: 'jwt' | 'kubernetes'
  readonly mount: string
  /** Undefined leaves it to the auth method's default role. */
  readonly role: string | undefined
  readonly jwtFile: string
  readonly read: ReadCredential
}

/** Where Kubernetes puts a pod's own token; projected tokens are rotated in place. */
export const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** A signed token from a file: `jwt` and `kubernetes` take the same request. */
export class JwtLogin implements LoginMethod {
  readonly kind: string
  readonly mount: string
  readonly files: readonly string[]
  readonly #settings: JwtLoginSettings

  constructor(settings: JwtLoginSettings) {
    this.kind = settings.kind
    this.mount = settings.mount
    this.files = [settings.jwtFile]
    this.#settings = settings
  }

  async request(): Promise<LoginRequest> {
    const { role, jwtFile, read } = this.#settings
    const jwt = await read(jwtFile, 'JWT')
    return { path: 'login', body: { ...(role === undefined ? {} : { role }), jwt: jwt.reveal() }, secrets: [jwt] }
  }
}
