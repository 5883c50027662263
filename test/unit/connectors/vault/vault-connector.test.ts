import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import { Secret } from '../../../../src/core/secret.ts'
import type { RenewerEvent } from '../../../../src/connectors/vault/renewal/renewer-event.ts'
import { TokenDeniedError, type TokenApi } from '../../../../src/connectors/vault/token/token-api.ts'
import { type RotationEvent, TokenRotation } from '../../../../src/connectors/vault/renewal/token-rotation.ts'
import { TokenRenewer } from '../../../../src/connectors/vault/renewal/token-renewer.ts'
import type { VaultConnection } from '../../../../src/connectors/vault/vault-client.ts'
import { VaultConnector } from '../../../../src/connectors/vault/vault-connector.ts'
import { settle } from '../../../support/fake-clock.ts'
import { errorOf, lookupData, ScriptedVault, type Answer } from './renewal/scripted-vault.ts'

const lookup = { body: { data: lookupData } }
const renewal = { body: { auth: { lease_duration: 3600, renewable: true } } }

function connectorOf(vault: ScriptedVault, next: VaultConnection = vault.connection(), file?: () => string) {
  const events: RenewerEvent[] = []
  const rotations: RotationEvent[] = []
  const made: TokenApi[] = []
  let isBroken = false
  const connector = new VaultConnector({
    name: 'prod',
    place: { mount: 'pki', role: 'web', issuerRef: undefined },
    connection: vault.connection(),
    clock: vault.clock,
    reconnect: () => Promise.resolve(next),
    rotation:
      file &&
      ((holder) => {
        const read = () => Promise.resolve(new Secret(file()))
        const emit = (event: RotationEvent) => void rotations.push(event)
        return Promise.resolve(new TokenRotation({ holder, read, clock: vault.clock, emit }))
      }),
    renewer: (api) => {
      made.push(api)
      if (isBroken) return Promise.reject(new Error('no code for it'))
      const settings = { api, clock: vault.clock, timeout: Duration.ofSeconds(30) }
      return Promise.resolve(new TokenRenewer({ ...settings, emit: (event) => events.push(event) }))
    },
  })
  return { connector, events, rotations, made, setBroken: (broken: boolean) => (isBroken = broken) }
}

async function kinds(events: readonly RenewerEvent[]): Promise<readonly string[]> {
  await settle()
  return events.map(({ kind }) => kind)
}

describe('the Vault connector', () => {
  it('has the name of its profile and is of kind vault', () => {
    const { connector } = connectorOf(new ScriptedVault())
    expect([connector.name, connector.kind, connector.server]).toEqual(['prod', 'vault', 'https://vault.corp:8200'])
  })

  it('makes no background work, and asks nothing, before it is started', async () => {
    const vault = new ScriptedVault(lookup)
    const { connector, made } = connectorOf(vault)
    await connector.stop()
    connector.renewNow()
    expect(made).toEqual([])
    expect(vault.requests).toEqual([])
  })

  it('starts the renewal of its token, and ends it', async () => {
    const { connector, events } = connectorOf(new ScriptedVault(lookup))
    await connector.start()
    await settle()
    await connector.stop()
    expect(await kinds(events)).toEqual(['started', 'stopped'])
    expect(await connector.ended()).toEqual({ reason: 'stopped' })
  })

  it('makes one renewer, however often it is started', async () => {
    const { connector, made } = connectorOf(new ScriptedVault(lookup))
    await Promise.all([connector.start(), connector.start()])
    await connector.stop()
    await connector.start()
    await connector.stop()
    expect(made).toHaveLength(1)
  })

  it('renews at once when it is told to', async () => {
    const { connector, events } = connectorOf(new ScriptedVault(lookup, renewal))
    await connector.start()
    await settle()
    connector.renewNow()
    expect(await kinds(events)).toEqual(['started', 'renewed'])
    await connector.stop()
  })

  it('tries again to make a renewer that could not be made, and stops without one', async () => {
    const { connector, setBroken, events } = connectorOf(new ScriptedVault(lookup))
    setBroken(true)
    const start = connector.start()
    connector.renewNow()
    await expect(start).rejects.toThrow('no code for it')
    await connector.stop()
    setBroken(false)
    await connector.start()
    await settle()
    await connector.stop()
    expect(await kinds(events)).toEqual(['started', 'stopped'])
  })
})

describe('reload', () => {
  const second: Answer = { body: { data: { ...lookupData, accessor: 'second' } } }

  it('takes a new token over once its look-up proves it', async () => {
    const vault = new ScriptedVault(lookup, second, renewal)
    const { connector, events } = connectorOf(vault, vault.connection({ token: new Secret('hvs.second') }))
    await connector.start()
    await settle()
    await connector.reload()
    expect(await kinds(events)).toContain('token-replaced')
    expect(vault.requests[1]).toMatchObject({ path: 'v1/auth/token/lookup-self', repeat: 'never' })
    expect(vault.requests[1]?.headers?.['x-vault-token']).toBe('hvs.second')
    await connector.tokens.lookupSelf().catch(() => undefined)
    expect(vault.requests.at(-1)?.headers?.['x-vault-token']).toBe('hvs.second')
    await connector.stop()
  })

  it('keeps the old token when the new one is denied', async () => {
    const vault = new ScriptedVault(lookup, { status: 403, body: { errors: ['permission denied'] } }, lookup)
    const { connector, events } = connectorOf(vault, vault.connection({ token: new Secret('hvs.second') }))
    await connector.start()
    await settle()
    expect(await errorOf(connector.reload())).toBeInstanceOf(TokenDeniedError)
    expect(await kinds(events)).toEqual(['started'])
    await connector.tokens.lookupSelf()
    expect(vault.requests.at(-1)?.headers?.['x-vault-token']).not.toBe('hvs.second')
    await connector.stop()
  })

  it('of the same token renews it at once, by the new connection', async () => {
    const vault = new ScriptedVault(lookup, renewal)
    const again = new ScriptedVault(renewal)
    const { connector, events } = connectorOf(vault, again.connection())
    await connector.start()
    await settle()
    await connector.reload()
    expect(await kinds(events)).toEqual(['started', 'renewed'])
    expect(again.requests.map(({ path }) => path)).toEqual(['v1/auth/token/renew-self'])
    await connector.stop()
  })
})

describe('a token that was put in the place of the one in use', () => {
  const second: Answer = { body: { data: { ...lookupData, accessor: 'second' } } }
  const denied: Answer = { status: 403, body: { errors: ['permission denied'] } }

  async function started(answer: Answer, file: string) {
    const vault = new ScriptedVault(lookup, answer, renewal)
    const scene = connectorOf(vault, vault.connection({ token: new Secret(file) }), () => file)
    await scene.connector.start()
    await settle()
    return { ...scene, vault }
  }

  it('is taken over by the running loop once its own look-up proves it', async () => {
    const { connector, events, vault } = await started(second, 'hvs.second')
    expect(await connector.takeRotated()).toMatchObject({ kind: 'taken', facts: { accessor: 'second' } })
    expect(await kinds(events)).toEqual(['started', 'token-replaced', 'renewed'])
    expect(vault.requests.map(({ headers }) => headers?.['x-vault-token'])).toEqual([
      expect.stringContaining('planted'),
      'hvs.second',
      'hvs.second',
    ])
    expect(connector.token.reveal()).toBe('hvs.second')
    await connector.stop()
  })

  it('is left alone when it is denied', async () => {
    const { connector, events, rotations } = await started(denied, 'hvs.second')
    expect(await connector.takeRotated()).toEqual({ kind: 'refused' })
    expect(rotations).toMatchObject([{ kind: 'token-refused' }])
    expect(await kinds(events)).toEqual(['started'])
    expect(connector.token.reveal()).not.toBe('hvs.second')
    await connector.stop()
  })

  it('is not asked about a second time after a reload has refused it', async () => {
    const { connector, rotations, vault } = await started(denied, 'hvs.second')
    await errorOf(connector.reload())
    expect(await connector.takeRotated()).toEqual({ kind: 'refused' })
    expect(rotations).toEqual([])
    expect(vault.requests).toHaveLength(2)
    await connector.stop()
  })

  it('is not refused for good because the server was away at a reload', async () => {
    const { connector, vault } = await started({ status: 503, body: { errors: ['Vault is sealed'] } }, 'hvs.second')
    await errorOf(connector.reload())
    await connector.takeRotated()
    expect(vault.requests.length).toBeGreaterThan(2)
    await connector.stop()
  })

  it('is none where the token can not change', async () => {
    const { connector } = connectorOf(new ScriptedVault(lookup))
    expect(await connector.takeRotated()).toEqual({ kind: 'nothing-new' })
  })
})
