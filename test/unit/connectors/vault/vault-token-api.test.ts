import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import { ProtocolError, UnavailableError } from '../../../../src/core/errors.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../../../../src/connectors/vault/token/token-api.ts'
import { VaultTokenApi } from '../../../../src/connectors/vault/vault-token-api.ts'
import { errorOf, lookupData, ScriptedVault, token, type Answer } from './renewal/scripted-vault.ts'

function apiOf(...answers: readonly (Answer | Error)[]): { api: VaultTokenApi; vault: ScriptedVault } {
  const vault = new ScriptedVault(...answers)
  return { api: new VaultTokenApi(vault.client()), vault }
}

function lookUp(changes: Readonly<Record<string, unknown>>) {
  return apiOf({ body: { data: { ...lookupData, ...changes } } }).api.lookupSelf()
}

describe('lookupSelf', () => {
  it('asks once, by GET, and lets the HTTP client repeat it', async () => {
    const { api, vault } = apiOf({ body: { data: lookupData } })
    await api.lookupSelf()
    expect(vault.requests).toMatchObject([{ method: 'GET', path: 'v1/auth/token/lookup-self', repeat: 'safe' }])
    expect(vault.requests[0]).not.toHaveProperty('body')
  })

  it('hands on deadline, signal and the wish not to repeat', async () => {
    const { api, vault } = apiOf({ body: { data: lookupData } })
    const signal = new AbortController().signal
    await api.lookupSelf({ timeout: Duration.ofSeconds(2), signal, repeat: false })
    expect(vault.requests).toMatchObject([{ timeout: Duration.ofSeconds(2), repeat: 'never' }])
    expect(vault.requests[0]?.signal).toBe(signal)
  })

  it('parses each value once', async () => {
    expect(await lookUp({ period: 600, explicit_max_ttl: 7200, num_uses: 3, role: 'ci' })).toEqual({
      accessor: 'acc',
      displayName: 'token-web',
      type: 'service',
      policies: ['default', 'web'],
      ttl: Duration.ofSeconds(3570),
      expiresAt: new Date('2026-03-01T12:59:30.123Z'),
      renewable: true,
      creationTtl: Duration.ofHours(1),
      period: Duration.ofSeconds(600),
      explicitMaxTtl: Duration.ofHours(2),
      usesLeft: 3,
      orphan: true,
      issuedAt: new Date('2026-03-01T11:59:30Z'),
      lastRenewalAt: null,
      entityId: null,
      role: 'ci',
      path: 'auth/token/create',
      warnings: [],
    })
  })

  it.each([
    [
      'the initial root token',
      { renewable: undefined, issue_time: undefined, expire_time: null, ttl: 0 },
      'expiresAt',
      null,
    ],
    ['a token without a word on renewal', { renewable: undefined }, 'renewable', false],
    ['no issue time: that of creation', { issue_time: undefined }, 'issuedAt', new Date(1772366400_000)],
    ['a batch token', { accessor: '', type: 'batch' }, 'accessor', null],
    ['a last use spent', { num_uses: -1 }, 'usesLeft', -1],
    ['a period of none', { period: 0 }, 'period', null],
    ['no policies', { policies: null }, 'policies', []],
    [
      'policies of the identity too, each once',
      { identity_policies: ['web', 'x'] },
      'policies',
      ['default', 'web', 'x'],
    ],
    ['an empty role', { role: '' }, 'role', null],
    ['an entity', { entity_id: 'e-1' }, 'entityId', 'e-1'],
    ['a renewal', { last_renewal: '2026-03-01T12:00:00Z' }, 'lastRenewalAt', new Date('2026-03-01T12:00:00Z')],
  ])('understands %s', async (_, changes, key, value) => {
    expect(await lookUp(changes)).toHaveProperty(key, value)
  })

  it.each([
    ['ttl', '3570'],
    ['ttl', -1],
    ['ttl', 1e300],
    ['ttl', null],
    ['expire_time', 'never'],
    ['expire_time', '0'],
    ['expire_time', ''],
    ['expire_time', 1772366400],
    ['expire_time', undefined],
    ['renewable', 'true'],
    ['policies', 'default'],
    ['policies', [1]],
    ['num_uses', '3'],
    ['display_name', null],
    ['orphan', 0],
    ['accessor', undefined],
    ['period', '10m'],
  ])('takes %s = %j for a reply that makes no sense', async (key, value) => {
    const error = await errorOf(lookUp({ [key]: value }))
    expect(error.constructor).toBe(ProtocolError)
    expect(error.message).toContain(`data.${key}`)
    expect(error.message).not.toContain('hvs.')
  })

  it('is denied with an error of its own', async () => {
    const { api } = apiOf({ status: 403, body: { errors: ['permission denied'] } })
    expect(await errorOf(api.lookupSelf())).toBeInstanceOf(TokenDeniedError)
  })
})

describe('renewSelf', () => {
  const auth = { lease_duration: 3600, renewable: true, client_token: 'hvs.x', policies: [] }

  it.each([
    [Duration.ofHours(1), { increment: 3600 }],
    [Duration.ofMilliseconds(1600), { increment: 2 }],
    [Duration.ofMilliseconds(100), { increment: 1 }],
    [undefined, {}],
  ])('sends %j as whole seconds', async (increment, body) => {
    const { api, vault } = apiOf({ body: { auth } })
    await api.renewSelf(increment, { repeat: false })
    const expected = { method: 'POST', path: 'v1/auth/token/renew-self', body, repeat: 'never' }
    expect(vault.requests).toMatchObject([expected])
    expect(vault.requests[0]?.body).toEqual(body)
  })

  it('answers with the grant', async () => {
    const { api } = apiOf({ body: { auth, warnings: ['capped'], lease_duration: 0, renewable: false } })
    expect(await api.renewSelf(undefined)).toEqual({
      lease: Duration.ofHours(1),
      renewable: true,
      warnings: ['capped'],
    })
  })

  it.each([
    ['204', { status: 204 }],
    ['an empty object', { body: {} }],
    ['a null auth', { body: { auth: null, data: {} } }],
    ['an empty auth', { body: { auth: {} } }],
    ['a text for the lease', { body: { auth: { ...auth, lease_duration: '1h' } } }],
    ['a negative lease', { body: { auth: { ...auth, lease_duration: -1 } } }],
    ['HTML', { body: '<html>' }],
  ])('renewed nothing when the answer is %s, and says what to do', async (_, answer) => {
    const error = await errorOf(apiOf(answer).api.renewSelf(undefined))
    expect(error.constructor).toBe(ProtocolError)
    expect(error.hint).toContain('nothing was renewed')
  })

  it.each([
    [400, 'lease is not renewable', TokenNotRenewableError],
    [403, 'permission denied', TokenDeniedError],
    [503, 'Vault is sealed', UnavailableError],
  ])('throws for %i %s what the loop goes by', async (status, text, Class) => {
    const { api } = apiOf({ status, body: { errors: [text] } })
    expect((await errorOf(api.renewSelf(undefined))).constructor).toBe(Class)
  })
})

describe('mountMaxTtl', () => {
  const mount = (max: unknown) => ({ body: { data: { config: { max_lease_ttl: max } } } })

  it('asks for the mount by the path of the token, once', async () => {
    const { api, vault } = apiOf(mount(7200))
    const timeout = Duration.ofSeconds(3)
    expect(await api.mountMaxTtl('auth/team/cert login/x', { timeout })).toEqual(Duration.ofHours(2))
    expect(vault.requests).toMatchObject([
      {
        method: 'GET',
        path: 'v1/sys/internal/ui/mounts/auth/team/cert%20login/x',
        repeat: 'never',
        timeout,
        headers: { 'x-vault-token': token },
      },
    ])
  })

  it.each<[string, Answer]>([
    ['a refusal', { status: 403, body: { errors: ['preflight capability check returned 403'] } }],
    ['a dead token', { status: 403, body: { errors: ['permission denied', 'invalid token'] } }],
    ['a server without such a path', { status: 404, body: { errors: [] } }],
    ['a page', { body: '<html>' }],
    ['another form', mount('32d')],
    ['none', mount(0)],
  ])('is unknown after %s', async (_, answer) => {
    expect(await apiOf(answer).api.mountMaxTtl('auth/token/create')).toBeNull()
  })

  it('leaves it to the caller that the server is away', async () => {
    const sealed = apiOf({ status: 503, body: { errors: ['Vault is sealed'] } })
    expect(await errorOf(sealed.api.mountMaxTtl('auth/token/create'))).toMatchObject({ code: 'sealed' })
  })
})

describe('serverVersion', () => {
  const health = { initialized: true, sealed: false, standby: false, version: '1.21.0' }

  it('asks for health without token, namespace or repetition', async () => {
    const vault = new ScriptedVault({ body: health })
    const api = new VaultTokenApi(vault.client({ namespace: 'team' }))
    expect(await api.serverVersion()).toBe('1.21.0')
    expect(vault.requests).toMatchObject([{ repeat: 'never', headers: { 'x-vault-request': 'true' } }])
    expect(vault.requests[0]?.path).toMatch(/^v1\/sys\/health\?/)
    expect(Object.keys(vault.requests[0]?.headers ?? {})).toEqual(['x-vault-request'])
  })

  it.each<[string, Answer | Error]>([
    ['a refusal', { status: 503, body: health }],
    ['HTML', { body: '<html>' }],
    ['no version', { body: { ...health, version: undefined } }],
    ['a number for the version', { body: { ...health, version: 1 } }],
    ['no answer', new UnavailableError('it is away')],
  ])('is unknown after %s', async (_, answer) => {
    expect(await apiOf(answer).api.serverVersion()).toBeUndefined()
  })

  it('does not swallow an interruption', async () => {
    const reason = new Error('interrupted')
    await expect(apiOf({}).api.serverVersion(AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
