import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { UnavailableError } from '../../../src/core/errors.ts'
import type { RenewerEvent } from '../../../src/connectors/vault/renewal/renewer-event.ts'
import { VaultConnector } from '../../../src/connectors/vault/vault-connector.ts'
import { renewTokenNow } from '../../../src/operations/renew-token-now.ts'
import { tokenStatus } from '../../../src/operations/token-status.ts'
import { errorOf, lookupData, ScriptedVault, type Answer } from '../connectors/vault/renewal/scripted-vault.ts'

const lookup = { body: { data: lookupData, warnings: ['a remark'] } }
const health = { body: { initialized: true, sealed: false, version: '1.21.0' } }
const root = { body: { data: { ...lookupData, expire_time: null, ttl: 0, renewable: false } } }

function connectorOf(...answers: readonly (Answer | Error)[]) {
  const vault = new ScriptedVault(...answers)
  const connector = new VaultConnector({
    name: 'prod',
    place: { mount: 'pki', role: undefined, issuerRef: undefined },
    connection: vault.connection(),
    clock: vault.clock,
    reconnect: () => Promise.reject(new Error('not asked for')),
    renewer: () => Promise.reject(new Error('not asked for')),
  })
  return { connector, vault }
}

describe('tokenStatus', () => {
  const mount = { body: { data: { config: { max_lease_ttl: 3600 } } } }
  const few = { body: { data: { ...lookupData, num_uses: 4 } } }

  it('forecasts by the maximum of the mount, which the token may read', async () => {
    const { connector, vault } = connectorOf(lookup, health, mount)
    const { forecast } = await tokenStatus(connector, vault.clock)
    expect(vault.requests[2]?.path).toBe('v1/sys/internal/ui/mounts/auth/token/create')
    expect(forecast).toMatchObject({
      verdict: 'capped',
      lastPossibleAt: new Date('2026-03-01T12:59:30Z'),
      end: { why: 'mount-max-ttl', isInferred: false },
    })
  })

  it.each<[string, Answer | Error]>([
    ['a refusal', { status: 403, body: { errors: ['preflight capability check returned 403'] } }],
    ['a server that knows no such path', { status: 404, body: { errors: [] } }],
    ['a page', { status: 404, body: '<html>' }],
    ['no answer', new UnavailableError('it is away')],
    ['no maximum', { body: { data: { config: { max_lease_ttl: 0 } } } }],
  ])('does without that after %s', async (_, answer) => {
    const { connector, vault } = connectorOf(lookup, health, answer)
    expect((await tokenStatus(connector, vault.clock)).forecast).toMatchObject({
      verdict: 'renewable',
      end: { at: null },
    })
  })

  it('spends one authenticated call of a token with few uses, and asks for the version without the token', async () => {
    const { connector, vault } = connectorOf(few, health)
    const status = await tokenStatus(connector, vault.clock)
    expect(status).toMatchObject({
      facts: { accessor: 'acc' },
      forecast: { verdict: 'renewable' },
      server: { address: 'https://vault.corp:8200', version: '1.21.0' },
      warnings: [],
    })
    expect(vault.requests.filter(({ headers }) => headers?.['x-vault-token'])).toHaveLength(1)
  })

  it('does without the version', async () => {
    const { connector, vault } = connectorOf(lookup, { status: 400, body: { errors: [] } })
    expect((await tokenStatus(connector, vault.clock)).server.version).toBeNull()
  })

  it('warns of a wrong clock', async () => {
    const late = { ...lookup, headers: { date: 'Sun, 01 Mar 2026 10:00:00 GMT' } }
    const { connector, vault } = connectorOf(late, health)
    const { warnings } = await tokenStatus(connector, vault.clock)
    expect(warnings).toEqual(['a remark', expect.stringMatching(/clock is 2h ahead/)])
  })
})

describe('renewTokenNow', () => {
  async function renew(...answers: readonly Answer[]) {
    const { connector, vault } = connectorOf(...answers)
    const events: RenewerEvent[] = []
    const signal = new AbortController().signal
    const options = {
      clock: vault.clock,
      increment: undefined,
      signal,
      emit: (event: RenewerEvent) => events.push(event),
    }
    const renewal = renewTokenNow(connector, options)
    await renewal.catch(() => undefined)
    return { renewal, events, paths: vault.requests.map(({ path }) => path.replace(/\?.*/, '')) }
  }

  const granted = (auth: Readonly<Record<string, unknown>>) => ({
    body: { auth: { lease_duration: 3600, renewable: true, ...auth }, warnings: ['capped'] },
  })

  it('looks up once, renews once, and tells what the token is worth now', async () => {
    const { renewal, events, paths } = await renew(lookup, granted({}), health)
    expect(paths).toEqual([
      'v1/auth/token/lookup-self',
      'v1/auth/token/renew-self',
      'v1/sys/health',
      'v1/sys/internal/ui/mounts/auth/token/create',
    ])
    expect(await renewal).toMatchObject({
      action: 'renewed',
      facts: { ttl: Duration.ofHours(1) },
      warnings: ['a remark', 'capped'],
    })
    expect(events).toMatchObject([
      { kind: 'renewed', lease: Duration.ofHours(1), expiresAt: new Date('2026-03-01T13:00:00Z') },
    ])
  })

  it('has nothing to renew for a token that never expires', async () => {
    const { renewal, events, paths } = await renew(root, health)
    expect(await renewal).toMatchObject({ action: 'nothing-to-renew', forecast: { verdict: 'never-expires' } })
    expect(events).toEqual([{ kind: 'nothing-to-renew' }])
    expect(paths).toEqual(['v1/auth/token/lookup-self', 'v1/sys/health'])
  })

  it('asks for no renewal of a token that is not renewable', async () => {
    const { renewal, events, paths } = await renew({ body: { data: { ...lookupData, renewable: false } } })
    expect(await errorOf(renewal)).toMatchObject({ code: 'not-renewable', exitCode: 4 })
    expect(events).toMatchObject([{ kind: 'not-renewable', expiresAt: new Date('2026-03-01T12:59:30.123Z') }])
    expect(paths).toEqual(['v1/auth/token/lookup-self'])
  })

  it('takes a grant that says it was the last for one that is not renewable', async () => {
    const { renewal, events } = await renew(lookup, granted({ renewable: false }), health)
    expect(await errorOf(renewal)).toMatchObject({ code: 'not-renewable', exitCode: 4 })
    expect(events.map(({ kind }) => kind)).toEqual(['not-renewable'])
  })

  it.each<[string, Answer, string, number]>([
    ['not-renewable', { status: 400, body: { errors: ['lease is not renewable'] } }, 'not-renewable', 4],
    ['renewal-failed', { status: 403, body: { errors: ['permission denied'] } }, 'denied', 4],
    ['renewal-failed', { status: 503, body: { errors: ['Vault is sealed'] } }, 'sealed', 5],
    ['renewal-failed', { status: 204 }, 'unreadable-reply', 6],
  ])('tells of %s when the renewal is answered by %j', async (kind, answer, code, exitCode) => {
    const { renewal, events } = await renew(lookup, answer)
    expect(await errorOf(renewal)).toMatchObject({ code, exitCode })
    expect(events.map((event) => event.kind)).toEqual([kind])
  })

  it('tells of a token whose very look-up is denied what the loop tells', async () => {
    const { renewal, events } = await renew({ status: 403, body: { errors: ['permission denied'] } })
    const error = await errorOf(renewal)
    expect(error).toMatchObject({ code: 'denied', exitCode: 4 })
    expect(events).toEqual([{ kind: 'expired', reason: 'revoked', expiresAt: null, error }])
  })

  it('counts no failure when the token could not be looked up', async () => {
    const { renewal, events } = await renew({ status: 503, body: { errors: ['Vault is sealed'] } })
    expect(await errorOf(renewal)).toMatchObject({ code: 'sealed', exitCode: 5 })
    expect(events).toEqual([])
  })
})
