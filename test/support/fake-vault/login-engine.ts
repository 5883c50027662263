import { randomUUID } from 'node:crypto'
import { approles, type TokenSettings, users } from '../login-fixture.ts'
import type { Call, Engine } from './engine.ts'
import { parseGoDuration } from './go-duration.ts'
import { Parameters } from './parameters.ts'
import { type Answer, Refusal } from './reply.ts'
import type { TokenStore } from './token-store.ts'

/** `auth/approle/` and `auth/userpass/`: the logins alone, for the roles and users of the fixture. */
export function loginEngines(tokens: TokenStore): readonly Engine[] {
  const entities = new Map<string, string>()
  const grant = (method: string, name: string, settings: TokenSettings, meta: Readonly<Record<string, string>>) => {
    const entityId = entities.get(`${method}/${name}`) ?? randomUUID()
    entities.set(`${method}/${name}`, entityId)
    return logIn(tokens, { method, name, settings, meta, entityId })
  }
  const approle = ({ parameters }: Call) => {
    const read = new Parameters(parameters, { role_id: 'text', secret_id: 'text' })
    const role = Object.entries(approles).find(([, { roleId }]) => roleId === read.text('role_id'))
    if (read.text('role_id') === '') throw new Refusal(500, 'failed to determine alias name from login request')
    if (!role) throw new Refusal(400, 'invalid role or secret ID')
    const [name, settings] = role
    if (settings.secretId !== undefined && read.text('secret_id') === '') throw new Refusal(400, 'missing secret_id')
    if (settings.secretId !== undefined && settings.secretId !== read.text('secret_id')) {
      throw new Refusal(400, 'invalid role or secret ID')
    }
    return grant('approle', name, settings, { role_name: name })
  }
  const userpass = ({ parameters }: Call, { name = '' }: Readonly<Record<string, string>>) => {
    const password = new Parameters(parameters, { password: 'text' }).text('password')
    if (password === '') throw new Refusal(400, 'invalid credentials')
    const user = users[name]
    if (user?.password !== password) throw new Refusal(400, 'invalid username or password')
    return grant('userpass', name, user, { username: name })
  }
  return [
    engine('approle', { pattern: /^login$/, handlers: { update: approle } }),
    engine('userpass', { pattern: /^login\/(?<name>[^/]+)$/, handlers: { update: userpass } }),
  ]
}

function engine(method: string, login: Engine['openEndpoints'][number]): Engine {
  const open = { mountPath: `auth/${method}/`, type: method, endpoints: [], openEndpoints: [login] }
  return { ...open, isOpen: (path) => login.pattern.test(path) }
}

interface Granted {
  readonly method: string
  readonly name: string
  readonly settings: TokenSettings
  readonly meta: Readonly<Record<string, string>>
  readonly entityId: string
}

function logIn(tokens: TokenStore, { method, name, settings, meta, entityId }: Granted): Answer {
  const type = settings.token_type ?? 'service'
  const named = settings.token_policies ?? []
  const creation = {
    id: '',
    type,
    policies: settings.token_no_default_policy ? named : [...named, 'default'].toSorted(),
    meta,
    displayName: method === 'approle' ? method : `${method}-${name}`,
    ttl: parseGoDuration(settings.token_ttl ?? ''),
    explicitMaxTtl: parseGoDuration(settings.token_explicit_max_ttl ?? ''),
    period: 0,
    numUses: 0,
    renewable: type === 'service',
    orphan: true,
    entityId,
    warnings: [],
  } as const
  const path = method === 'approle' ? 'auth/approle/login' : `auth/${method}/login/${name}`
  return tokens.create(creation, tokens.root, path)
}
