import { AuthError } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { secretIdReply, wrappingReply } from './login-replies.ts'
import type { CallLimits } from '../token/token-api.ts'
import type { VaultClient } from '../vault-client.ts'
import type { LoginMethod, LoginRequest, ReadCredential } from './login-method.ts'

export interface ApproleLoginSettings {
  readonly mount: string
  readonly roleIdFile: string
  readonly secretId:
    | { readonly kind: 'none' }
    | { readonly kind: 'file'; readonly path: string }
    /** A file with a single-use wrapping token; `role` is what its secret id must have been made for. */
    | { readonly kind: 'wrapped'; readonly path: string; readonly role: string | undefined }
  readonly read: ReadCredential
}

/** A role id and, for most roles, a secret id. */
export class ApproleLogin implements LoginMethod {
  readonly kind = 'approle'
  readonly mount: string
  readonly files: readonly string[]
  readonly #settings: ApproleLoginSettings
  #unwrapped: { readonly wrapping: Secret; readonly secretId: Secret } | undefined

  constructor(settings: ApproleLoginSettings) {
    const { mount, roleIdFile, secretId } = settings
    this.mount = mount
    this.files = [roleIdFile, ...(secretId.kind === 'none' ? [] : [secretId.path])]
    this.#settings = settings
  }

  async request(client: VaultClient, limits?: CallLimits): Promise<LoginRequest> {
    const { read, roleIdFile } = this.#settings
    const roleId = await read(roleIdFile, 'role id')
    const secretId = await this.#secretId(client, limits)
    if (!secretId) return { path: 'login', body: { role_id: roleId.reveal() }, secrets: [] }
    return { path: 'login', body: { role_id: roleId.reveal(), secret_id: secretId.reveal() }, secrets: [secretId] }
  }

  async #secretId(client: VaultClient, limits?: CallLimits): Promise<Secret | undefined> {
    const { secretId, read } = this.#settings
    if (secretId.kind === 'none') return undefined
    const content = await read(secretId.path, secretId.kind === 'file' ? 'secret id' : 'wrapping token')
    if (secretId.kind === 'file') return content
    // A wrapping token can be used once; later logins use what it held until another one is put in its place.
    if (!this.#unwrapped?.wrapping.equals(content)) {
      this.#unwrapped = { wrapping: content, secretId: await this.#unwrap(client, content, limits) }
    }
    return this.#unwrapped.secretId
  }

  /** The creation path tells whether somebody unwrapped it on the way and wrapped something of their own. */
  async #unwrap(client: VaultClient, wrapping: Secret, limits?: CallLimits): Promise<Secret> {
    const asked = {
      method: 'POST',
      purpose: 'unwrapping',
      object: 'the wrapped secret id',
      repeat: 'unsent',
      ...limits,
    } as const
    const body = { token: wrapping.reveal() }
    const { data } = await client.call(
      { ...asked, path: 'sys/wrapping/lookup', body, secrets: [wrapping], unauthenticated: true },
      wrappingReply,
    )
    this.#confirmCreationPath(data.creation_path, client.namespace)
    const unwrapping = { ...asked, path: 'sys/wrapping/unwrap', body: {} }
    const unwrapped = await client.withToken(wrapping).call(unwrapping, secretIdReply)
    return new Secret(unwrapped.data.secret_id)
  }

  /** A server may put the namespace that was asked for before the path. */
  #confirmCreationPath(path: string, namespace: string | undefined): void {
    const { secretId } = this.#settings
    const role = secretId.kind === 'wrapped' && secretId.role !== undefined ? escaped(secretId.role) : '[^/]+'
    const within = namespace?.replace(/^\/+|\/+$/g, '') ?? ''
    const prefix = within === '' ? '' : `(${escaped(within)}/)?`
    const expected = new RegExp(`^${prefix}auth/${escaped(this.mount)}/role/${role}/(custom-)?secret-id$`)
    if (expected.test(path)) return
    throw new AuthError(`the wrapping token was made at ${path}, not for a secret id of auth/${this.mount}`, {
      code: 'wrong-creation-path',
      hint: 'somebody may have replaced it: find out who had it, and wrap a new secret id',
    })
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
