import { Duration } from '../../../core/duration.ts'
import { UnsupportedError } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { loginReply } from './login-replies.ts'
import type { VaultClient } from '../vault-client.ts'
import type { CallLimits } from '../token/token-api.ts'
import type { LoginMethod } from './login-method.ts'

export interface Login {
  readonly token: Secret
  readonly accessor: string | null
  readonly lease: Duration
  readonly renewable: boolean
  readonly warnings: readonly string[]
}

/** One login; the token is in the answer alone. Throws RejectedError when the method refuses the credentials. */
export async function logIn(client: VaultClient, method: LoginMethod, limits: CallLimits = {}): Promise<Login> {
  const { path, body, secrets } = await method.request(client, limits)
  const { auth, warnings } = await client.call(
    {
      method: 'POST',
      path: `auth/${method.mount}/${path}`,
      body,
      secrets,
      purpose: 'login',
      object: `the ${method.kind} login at auth/${method.mount}`,
      unauthenticated: true,
      repeat: 'unsent',
      ...limits,
    },
    loginReply,
  )
  if (auth.client_token === '') {
    throw new UnsupportedError(`the ${method.kind} login at auth/${method.mount} asks for a second factor`, {
      code: 'mfa-required',
      hint: 'log in with: vault login, and give certctl the token with --token-file',
    })
  }
  return {
    token: new Secret(auth.client_token),
    accessor: auth.accessor === '' ? null : auth.accessor,
    lease: Duration.ofSeconds(auth.lease_duration),
    renewable: auth.renewable,
    warnings: warnings ?? [],
  }
}
