import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import { FileError } from '../../../../../src/core/errors.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import type { LoginEvent } from '../../../../../src/connectors/vault/login/login-event.ts'
import type { LoginMethod } from '../../../../../src/connectors/vault/login/login-method.ts'
import { Logins } from '../../../../../src/connectors/vault/login/logins.ts'
import type { Sink } from '../../../../../src/connectors/vault/login/token-handout.ts'
import type { HttpClient, HttpReply, HttpRequest } from '../../../../../src/http/http-client.ts'
import { VaultClient } from '../../../../../src/connectors/vault/vault-client.ts'
import { FakeClock, settle } from '../../../../support/fake-clock.ts'
import { errorOf, lookupData } from '../renewal/scripted-vault.ts'

const method: LoginMethod = {
  kind: 'approle',
  mount: 'approle',
  files: [],
  request: () => Promise.resolve({ path: 'login', body: {}, secrets: [] }),
}

/** Gives `hvs.1`, `hvs.2`, ... */
class LoginServer implements HttpClient {
  readonly revoked: string[] = []
  readonly loggedInAt: number[] = []
  isLookupDenied = false
  loginStatus = 200
  revocationStatus = 204
  type = 'service'
  /** Held back until it is called. */
  answerLogin: (() => void) | undefined
  isHolding = false
  closed = 0
  readonly timeouts: (Duration | undefined)[] = []
  constructor(readonly clock: FakeClock) {}

  async send({ path, headers, timeout }: HttpRequest): Promise<HttpReply> {
    this.timeouts.push(timeout)
    const token = headers?.['x-vault-token'] ?? ''
    if (path.endsWith('/login')) return this.#login()
    if (path.endsWith('revoke-self')) {
      this.revoked.push(token)
      return reply(
        this.revocationStatus,
        this.revocationStatus === 204 ? '' : { errors: ['permission denied', 'invalid token'] },
      )
    }
    if (this.isLookupDenied) return reply(403, { errors: ['permission denied'] })
    return reply(200, { data: { ...lookupData, accessor: `acc-${token}`, type: this.type }, warnings: ['looked up'] })
  }

  async #login(): Promise<HttpReply> {
    this.loggedInAt.push(this.clock.monotonic().seconds)
    const number = this.loggedInAt.length
    if (this.isHolding) await new Promise<void>((resolve) => (this.answerLogin = resolve))
    if (this.loginStatus !== 200) return reply(this.loginStatus, { errors: ['invalid role or secret ID'] })
    const auth = { client_token: `hvs.${number}`, accessor: 'acc', lease_duration: 60, renewable: true }
    return reply(200, { auth, warnings: ['logged in'] })
  }
}

function reply(status: number, body: unknown): HttpReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, text, headers: new Map(), elapsed: Duration.zero }
}

class MemorySink implements Sink {
  readonly written: string[] = []
  isBroken = false
  tries = 0
  constructor(readonly path: string) {}

  write(token: Secret): Promise<boolean> {
    this.tries += 1
    if (this.isBroken) return Promise.reject(new FileError(`${this.path} cannot be written: no space left`))
    if (this.written.at(-1) === token.reveal()) return Promise.resolve(false)
    this.written.push(token.reveal())
    return Promise.resolve(true)
  }
}

function scene({ keepOld = false, first = '' } = {}) {
  const clock = new FakeClock()
  const server = new LoginServer(clock)
  const close = () => void (server.closed += 1)
  const connection = {
    http: server,
    server: 'https://vault.corp',
    namespace: undefined,
    token: new Secret(first),
    close,
  }
  const client = new VaultClient(connection, clock)
  const sinks = [new MemorySink('/run/one'), new MemorySink('/run/two')] as const
  const events: LoginEvent[] = []
  const reconnect = () => Promise.resolve(connection)
  const emit = (event: LoginEvent) => void events.push(event)
  const logins = new Logins({ method, client, reconnect, sinks, keepOld, clock, emit })
  return { clock, server, client, sinks, events, logins, kinds: () => events.map(({ kind }) => kind) }
}

const s = (seconds: number) => Duration.ofSeconds(seconds)

async function takeTwo({ logins, clock }: ReturnType<typeof scene>): Promise<void> {
  await logins.takeNewToken()
  await clock.advance(s(5))
  await logins.takeNewToken()
}

describe('taking a new token', () => {
  it('proves it, goes on with it and hands it to every sink', async () => {
    const { logins, client, sinks, events } = scene()
    const facts = await logins.takeNewToken()
    expect(facts.accessor).toBe('acc-hvs.1')
    expect(facts.warnings).toEqual(['logged in', 'looked up'])
    expect(client.token.reveal()).toBe('hvs.1')
    expect(sinks.map(({ written }) => written)).toEqual([['hvs.1'], ['hvs.1']])
    expect(events).toMatchObject([
      { kind: 'logged-in', method: 'approle', accessor: 'acc-hvs.1' },
      { kind: 'sink-written', path: '/run/one' },
      { kind: 'sink-written', path: '/run/two' },
    ])
    expect(JSON.stringify(events)).not.toContain('"hvs.1')
  })

  it('goes on with the old one when the login is refused, and closes what it opened', async () => {
    const { logins, server, client, sinks } = scene({ first: 'hvs.first' })
    server.loginStatus = 400
    await errorOf(logins.takeNewToken())
    expect(client.token.reveal()).toBe('hvs.first')
    expect(sinks[0].written).toEqual([])
    expect(server.closed).toBe(1)
  })

  it('does not hand on a token that may not look itself up, revokes it, and says what its role lacks', async () => {
    const { logins, server, client, sinks } = scene({ first: 'hvs.first' })
    server.isLookupDenied = true
    const error = await errorOf(logins.takeNewToken())
    expect(error).toMatchObject({ name: 'AuthError', code: 'unusable-token', exitCode: 4 })
    expect(error.hint).toContain('auth/token/lookup-self')
    expect(server.revoked).toEqual(['hvs.1'])
    expect(client.token.reveal()).toBe('hvs.first')
    expect(sinks[0].written).toEqual([])
  })

  it('is done one after the other, a second apart, however many ask for it', async () => {
    const { logins, server, client, clock } = scene()
    const all = Promise.all([logins.takeNewToken(), logins.takeNewToken(), logins.takeNewToken()])
    await clock.advance(s(5))
    await all
    expect(server.loggedInAt).toEqual([0, 1, 2])
    expect(client.token.reveal()).toBe('hvs.3')
  })

  it('is not begun for one that was called off while it waited', async () => {
    const { logins, server, clock } = scene()
    await logins.takeNewToken()
    const stop = new AbortController()
    const second = logins.takeNewToken({ signal: stop.signal })
    await settle()
    stop.abort()
    await expect(second).rejects.toThrow()
    await clock.advance(s(5))
    expect(server.loggedInAt).toEqual([0])
  })
})

it('gives each of its requests the time that it was given', async () => {
  const { logins, server } = scene()
  await logins.takeNewToken({ timeout: s(6) })
  expect(server.timeouts).toEqual([s(6), s(6)])
})

describe('a superseded token', () => {
  it('is revoked half a minute after the new one was handed on', async () => {
    const made = scene()
    await takeTwo(made)
    await made.clock.advance(s(29))
    expect(made.server.revoked).toEqual([])
    await made.clock.advance(s(2))
    expect(made.server.revoked).toEqual(['hvs.1'])
    expect(made.kinds().at(-1)).toBe('superseded-revoked')
    await made.clock.advance(s(3600))
    expect(made.server.revoked).toEqual(['hvs.1'])
  })

  it('is left alone when it was not got here', async () => {
    const { logins, server, clock } = scene({ first: 'hvs.first' })
    await logins.takeNewToken()
    await clock.advance(s(60))
    expect(server.revoked).toEqual([])
  })

  it('is left alone when that is wanted', async () => {
    const made = scene({ keepOld: true })
    await takeTwo(made)
    await made.clock.advance(s(60))
    expect(made.server.revoked).toEqual([])
  })

  it('is left alone when it is a batch token, which can be neither revoked nor renewed', async () => {
    const made = scene()
    made.server.type = 'batch'
    await takeTwo(made)
    await made.clock.advance(s(60))
    expect(made.server.revoked).toEqual([])
    expect(made.kinds()).not.toContain('superseded-not-revoked')
  })

  it('that is dead by then is nothing to tell', async () => {
    const made = scene()
    made.server.revocationStatus = 403
    await takeTwo(made)
    await made.clock.advance(s(60))
    expect(made.server.revoked).toEqual(['hvs.1'])
    expect(made.kinds().filter((kind) => kind.startsWith('superseded'))).toEqual([])
  })

  it('that the server does not revoke is told, once', async () => {
    const made = scene()
    made.server.revocationStatus = 500
    await takeTwo(made)
    await made.clock.advance(s(3600))
    expect(made.kinds().filter((kind) => kind === 'superseded-not-revoked')).toHaveLength(1)
  })

  it('is left to its TTL after a stop, and a later start revokes again', async () => {
    const made = scene()
    await takeTwo(made)
    made.logins.stop()
    await made.clock.advance(s(60))
    expect(made.server.revoked).toEqual([])
    await made.logins.takeNewToken()
    await made.clock.advance(s(60))
    expect(made.server.revoked).toEqual(['hvs.2'])
  })
})

describe('a sink that cannot be written', () => {
  it('keeps no other from its token, is told once, and has it as soon as it can be written', async () => {
    const { logins, sinks, clock, kinds } = scene()
    sinks[0].isBroken = true
    await logins.takeNewToken()
    expect(sinks[1].written).toEqual(['hvs.1'])
    await clock.advance(s(100))
    expect(sinks[0].tries).toBeGreaterThan(3)
    expect(sinks[0].tries).toBeLessThan(10)
    expect(kinds().filter((kind) => kind === 'sink-failed')).toHaveLength(1)
    sinks[0].isBroken = false
    await clock.advance(s(60))
    expect(sinks[0].written).toEqual(['hvs.1'])
    expect(sinks[1].tries).toBe(1)
  })

  it('is told to have it again, also where a write that failed had put it there', async () => {
    const { logins, sinks, clock, events } = scene()
    sinks[0].isBroken = true
    await logins.takeNewToken()
    sinks[0].written.push('hvs.1')
    sinks[0].isBroken = false
    await clock.advance(s(2))
    const ofFirst = events.filter((event) => 'path' in event && event.path === '/run/one')
    expect(ofFirst.map(({ kind }) => kind)).toEqual(['sink-failed', 'sink-written'])
  })

  it('is told again where a repeat for the token before fails after it had the newest', async () => {
    const { logins, sinks, clock, events } = scene()
    sinks[0].isBroken = true
    await logins.takeNewToken()
    await clock.advance(s(5))
    sinks[0].isBroken = false
    await logins.takeNewToken()
    sinks[0].isBroken = true
    await clock.advance(s(20))
    sinks[0].isBroken = false
    await clock.advance(s(60))
    const ofFirst = events.filter((event) => 'path' in event && event.path === '/run/one')
    expect(ofFirst.map(({ kind }) => kind)).toEqual(['sink-failed', 'sink-written', 'sink-failed', 'sink-written'])
  })

  it('keeps the superseded token from being revoked: its readers still have that one', async () => {
    const made = scene()
    await made.logins.takeNewToken()
    made.sinks[0].isBroken = true
    await made.clock.advance(s(5))
    await made.logins.takeNewToken()
    await made.clock.advance(s(300))
    expect(made.server.revoked).toEqual([])
    made.sinks[0].isBroken = false
    await made.clock.advance(s(60))
    expect(made.sinks[0].written).toEqual(['hvs.1', 'hvs.2'])
    await made.clock.advance(s(31))
    expect(made.server.revoked).toEqual(['hvs.1'])
  })

  it('gets the newest token, never an older one', async () => {
    const made = scene()
    made.sinks[0].isBroken = true
    await takeTwo(made)
    made.sinks[0].isBroken = false
    await made.clock.advance(s(120))
    expect(made.sinks[0].written).toEqual(['hvs.2'])
    expect(made.server.revoked).toEqual(['hvs.1'])
  })
})

it('hands on the token that there is already', async () => {
  const { logins, sinks, server } = scene({ first: 'hvs.first' })
  await logins.handOn()
  expect(sinks.map(({ written }) => written)).toEqual([['hvs.first'], ['hvs.first']])
  expect(server.loggedInAt).toEqual([])
})
