import { askVault, type VaultReply } from '../support/ask-vault.ts'
import { approles, users } from '../support/login-fixture.ts'
import type { RealVault } from '../support/real-vault.ts'
import type { VaultServer } from '../support/vault-server.ts'
import type { Question } from './token-questions.ts'

/** What the fake has from the start. */
export async function makeLoginFixture(vault: RealVault): Promise<void> {
  await vault.must('POST', 'sys/auth/approle', { type: 'approle' })
  await vault.must('POST', 'sys/auth/userpass', { type: 'userpass' })
  for (const [name, { roleId, secretId, ...role }] of Object.entries(approles)) {
    const path = `auth/approle/role/${name}`
    await vault.must('POST', path, { ...role, bind_secret_id: secretId !== undefined, ...anywhere })
    await vault.must('POST', `${path}/role-id`, { role_id: roleId })
    if (secretId !== undefined) await vault.must('POST', `${path}/custom-secret-id`, { secret_id: secretId })
  }
  for (const [name, user] of Object.entries(users)) await vault.must('POST', `auth/userpass/users/${name}`, user)
}

/** A role without a secret id has to be bound to something. */
const anywhere = { token_bound_cidrs: ['127.0.0.0/8'] }

/** The fake binds nobody. */
function withoutBounds(reply: VaultReply): VaultReply {
  const data = reply.json?.data
  return data ? { ...reply, json: { ...reply.json, data: { ...data, bound_cidrs: undefined } } } : reply
}

const login = (server: VaultServer, body: unknown) => server.request('POST', 'auth/approle/login', body)
const userLogin = (server: VaultServer, name: string, body: unknown) =>
  server.request('POST', `auth/userpass/login/${name}`, body)

export const loginQuestions: Readonly<Record<string, Question>> = {
  'approle logins that are refused': async (server) => [
    await login(server, {}),
    await login(server, { role_id: 'nobody', secret_id: 'x' }),
    await login(server, { role_id: 'role-id-web' }),
    await login(server, { role_id: 'role-id-web', secret_id: 'x' }),
  ],
  'approle logins, and what their tokens are': async (server) => {
    const { secretId = '' } = approles.web!
    const replies = [await login(server, { role_id: 'role-id-web', secret_id: secretId })]
    for (const name of ['open', 'short', 'batch', 'blind']) {
      replies.push(await login(server, { role_id: `role-id-${name}` }))
    }
    const lookups = replies.map(({ json }) =>
      server.request('GET', 'auth/token/lookup-self', undefined, String(json?.auth?.client_token)),
    )
    return [...replies, ...(await Promise.all(lookups)).map(withoutBounds)]
  },
  'userpass logins': async (server) => [
    await userLogin(server, 'ann', {}),
    await userLogin(server, 'ann', { password: 'x' }),
    await userLogin(server, 'nobody', { password: 'x' }),
    await userLogin(server, 'ann', { password: users.ann!.password }),
  ],
  'logins at a mount that is not there': async (server) => [await server.request('POST', 'auth/nope/login', {})],
  'what is wrapped, and taken out once': async (server) => {
    const { token } = await server.createToken({ ttl: '60s' })
    const ask = (path: string, headers: Record<string, string>, body: unknown = { held: 'abc' }, as = token) =>
      askVault(server.address, { method: 'POST', path: `/v1/${path}`, headers, body, token: as })
    const wrap = (ttl: string) => ask('sys/wrapping/wrap', { 'X-Vault-Wrap-TTL': ttl })
    const wrapped = await wrap('30s')
    const [held, other] = [wrapped, await wrap('30')].map(({ json }) => (json?.wrap_info as { token: string }).token)
    return [
      wrapped,
      await ask('sys/wrapping/lookup', {}, { token: held }, ''),
      await ask('sys/wrapping/unwrap', {}, {}, held),
      await ask('sys/wrapping/unwrap', {}, {}, held),
      await ask('sys/wrapping/unwrap', {}, { token: other }),
      await wrap('0'),
      await wrap('-5s'),
      await ask('sys/wrapping/wrap', {}),
      await ask('sys/wrapping/wrap', { 'X-Vault-Wrap-TTL': '30s' }, {}, ''),
      await ask('auth/approle/login', { 'X-Vault-Wrap-TTL': '30s' }, { role_id: 'role-id-open' }, ''),
    ]
  },
  'wrapping tokens that are none': async (server) => [
    await server.request('POST', 'sys/wrapping/lookup', { token: 'nope' }),
    await server.request('POST', 'sys/wrapping/lookup', {}),
    await server.request('POST', 'sys/wrapping/unwrap', {}, 'nope'),
  ],
}
