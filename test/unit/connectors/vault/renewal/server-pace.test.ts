import { beforeEach, describe, expect, it } from 'vitest'
import { AuthError, ProtocolError, RejectedError, UnavailableError } from '../../../../../src/core/errors.ts'
import { ServerPace, ServerPaces } from '../../../../../src/connectors/vault/renewal/server-pace.ts'
import { TokenRenewer } from '../../../../../src/connectors/vault/renewal/token-renewer.ts'
import { s } from './renewer-scene.ts'
import { SimulatedToken } from './simulated-token.ts'
import { SteppedClock } from './stepped-clock.ts'

const away = new UnavailableError('it is away')

describe('the pace at a server', () => {
  let clock: SteppedClock
  let pace: ServerPace
  let went: string[]

  beforeEach(() => {
    clock = new SteppedClock()
    pace = new ServerPace(clock)
    went = []
  })

  /** Waits for its turn, then asks; `end` is that of its token. */
  function want(name: string, end: number | undefined, signal = new AbortController().signal): void {
    void pace.turn(end === undefined ? undefined : s(end), signal).then(() => went.push(`${name} ${clock.seconds}`))
  }

  async function asked(outcome: unknown): Promise<void> {
    await pace.ask(() => Promise.reject(outcome as Error)).catch(() => undefined)
  }

  it('holds nobody up while the server answers', async () => {
    for (const name of ['a', 'b', 'c']) want(name, 100)
    await clock.advance(s(0))
    expect(went).toEqual(['a 0', 'b 0', 'c 0'])
  })

  it('is one request a second while it does not, the token that ends first before the others', async () => {
    want('probe', 50)
    await asked(away)
    want('late', 300)
    want('unknown', undefined)
    want('soon', 20)
    want('later', 400)
    await clock.advance(s(10))
    expect(went).toEqual(['probe 0', 'soon 1', 'late 2', 'later 3', 'unknown 4'])
  })

  it('lets all go on with the first answer', async () => {
    want('probe', 50)
    await asked(away)
    for (const name of ['a', 'b', 'c']) want(name, 100)
    await clock.advance(s(1.5))
    expect(went).toEqual(['probe 0', 'a 1'])
    await pace.ask(() => Promise.resolve('renewed'))
    await clock.advance(s(0))
    expect(went).toEqual(['probe 0', 'a 1', 'b 1.5', 'c 1.5'])
  })

  it.each([
    [new AuthError('denied'), true],
    [new RejectedError('refused'), true],
    [new ProtocolError('half a reply'), false],
    [new Error('stopped'), false],
  ])('takes %s for an answer or not: %s', async (outcome, isAnswer) => {
    want('probe', 50)
    await asked(away)
    await asked(outcome)
    want('next', 50)
    await clock.advance(s(0))
    expect(went).toEqual(isAnswer ? ['probe 0', 'next 0'] : ['probe 0'])
  })

  it('forgets who no longer wants to, and leaves no timer behind', async () => {
    want('probe', 50)
    await asked(away)
    const stop = new AbortController()
    want('stopped', 10, stop.signal)
    await clock.advance(s(0.5))
    stop.abort()
    await clock.advance(s(0))
    expect(went).toEqual(['probe 0', 'stopped 0.5'])
    expect(clock.sleeperCount).toBe(0)
    want('next', 50)
    await clock.advance(s(0.5))
    expect(went.at(-1)).toBe('next 1')
  })

  it('is kept for each server by itself', () => {
    const paces = new ServerPaces(clock)
    expect(paces.of('https://one')).toBe(paces.of('https://one'))
    expect(paces.of('https://one')).not.toBe(paces.of('https://two'))
  })

  it('is shared by several tokens of one server through an outage that all of them survive', async () => {
    const tokens = Array.from({ length: 12 }, () => new SimulatedToken(clock, { ttl: 240 }))
    let isAway = false
    const fault = () => (isAway ? 'refused' : undefined)
    const renewers = tokens.map((token) => {
      token.fault = fault
      return new TokenRenewer({ api: token, clock, timeout: s(30), pace, random: () => 0.1, emit: () => undefined })
    })
    await Promise.all(renewers.map((renewer) => renewer.start()))
    await clock.advance(s(110))
    isAway = true
    await clock.advance(s(127))
    const times = tokens.flatMap(({ renewals }) => renewals.map(({ at }) => at)).toSorted((a, b) => a - b)
    // All first learn of the outage at the same moment.
    const later = times.slice(tokens.length)
    const gaps = later.slice(1).map((at, index) => at - later[index]!)
    expect(later.length).toBeGreaterThan(50)
    expect(Math.min(...gaps)).toBeGreaterThan(1 - 1e-6)
    isAway = false
    await clock.advance(s(30))
    expect(tokens.map(({ isAlive }) => isAlive)).toEqual(tokens.map(() => true))
    await Promise.all(renewers.map((renewer) => renewer.stop()))
    expect(clock.sleeperCount).toBe(0)
  })
})
