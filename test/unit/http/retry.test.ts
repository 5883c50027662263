import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { ProtocolError } from '../../../src/core/errors.ts'
import {
  ConnectionError,
  type ConnectionFailure,
  type HttpReply,
  type HttpRequest,
} from '../../../src/http/http-client.ts'
import { waitBeforeRetry, withRetries } from '../../../src/http/retry.ts'
import { PatientClock } from './fakes.ts'

function reply(status: number, headers: Record<string, string> = {}): HttpReply {
  return { status, headers: new Map(Object.entries(headers)), text: '', elapsed: Duration.zero }
}

function failure(code: ConnectionFailure, requestSent: boolean): ConnectionError {
  return new ConnectionError('https://vault.example:8200 did not answer', requestSent, { code })
}

type Outcome = HttpReply | Error

async function run(request: Partial<HttpRequest>, outcomes: readonly Outcome[], maxRetries = 2) {
  const clock = new PatientClock()
  let tries = 0
  const attempt = (): Promise<HttpReply> => {
    const outcome = outcomes[Math.min(tries, outcomes.length - 1)]!
    tries += 1
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
  }
  const result: unknown = await withRetries({ repeat: 'safe', ...request }, { maxRetries, clock }, attempt).catch(
    (error: unknown) => error,
  )
  return { result, tries, waits: clock.waits.map((wait) => wait.seconds) }
}

const reset = failure('connection-reset', true)
const refused = failure('connection-refused', false)

describe('what may be repeated', () => {
  it.each<[HttpRequest['repeat'], string, Outcome, boolean]>([
    ['safe', '412', reply(412), true],
    ['safe', '429', reply(429), true],
    ['safe', '500', reply(500), true],
    ['safe', '502', reply(502), true],
    ['safe', '503', reply(503), true],
    ['safe', '501', reply(501), false],
    ['safe', '400', reply(400), false],
    ['safe', '403', reply(403), false],
    ['safe', '200', reply(200), false],
    ['safe', 'a reset', reset, true],
    ['safe', 'a refusal', refused, true],
    ['safe', 'a cut reply', failure('reply-cut', true), true],
    ['safe', 'a timeout', failure('timeout', true), true],
    ['safe', 'an untrusted server', failure('tls-untrusted', false), false],
    ['safe', 'a wrong name', failure('tls-name-mismatch', false), false],
    ['safe', 'an expired certificate', failure('tls-expired', false), false],
    ['safe', 'a failed handshake', failure('tls-failed', false), false],
    ['safe', 'a proxy that refuses', failure('proxy-refused', false), false],
    ['safe', 'a reply that makes no sense', new ProtocolError('garbage'), false],
    ['unsent', '429', reply(429), true],
    ['unsent', '503', reply(503), true],
    ['unsent', '412', reply(412), false],
    ['unsent', '500', reply(500), false],
    ['unsent', 'a reset', reset, false],
    ['unsent', 'a timeout after sending', failure('timeout', true), false],
    ['unsent', 'a refusal', refused, true],
    ['unsent', 'a timeout before sending', failure('timeout', false), true],
    ['unsent', 'an untrusted server', failure('tls-untrusted', false), false],
    ['never', '429', reply(429), false],
    ['never', '503', reply(503), false],
    ['never', 'a refusal', refused, false],
  ])('%s after %s: %s', async (repeat, _, outcome, repeats) => {
    const { tries } = await run({ repeat }, [outcome])
    expect(tries).toBe(repeats ? 3 : 1)
  })

  it('is not what the caller calls final', async () => {
    const { tries, result } = await run({ isFinal: (one) => one.status === 500 }, [reply(503), reply(500), reply(200)])
    expect(tries).toBe(2)
    expect(result).toMatchObject({ status: 500 })
  })
})

describe('when the retries are used up', () => {
  it('the last reply stands', async () => {
    const last = reply(503)
    expect((await run({}, [reply(500), reply(500), last])).result).toBe(last)
  })

  it('the last failure tells how many tries there were', async () => {
    const { result } = await run({}, [refused])
    expect(result).toMatchObject({
      message: 'https://vault.example:8200 did not answer (3 tries)',
      code: 'connection-refused',
      requestSent: false,
    })
  })

  it('a single try is not counted out', async () => {
    expect((await run({}, [refused], 0)).result).toBe(refused)
  })

  it.each<[string, Outcome]>([
    ['request', reset],
    ['reply', reply(500)],
  ])('a %s of an earlier try counts as sent', async (_, earlier) => {
    expect((await run({}, [earlier, refused])).result).toMatchObject({ code: 'connection-refused', requestSent: true })
  })

  it('a first success after failures is the reply', async () => {
    const { result, tries } = await run({}, [refused, reply(429), reply(200)])
    expect(result).toMatchObject({ status: 200 })
    expect(tries).toBe(3)
  })
})

describe('the wait', () => {
  it.each([
    [1, 0, 1],
    [1, 1, 1.5],
    [2, 0, 2],
    [3, 1, 4.5],
  ])('after try %i with random %f is %f s', (tries, random, seconds) => {
    expect(waitBeforeRetry(tries, undefined, random).seconds).toBe(seconds)
  })

  it('is at least what the server asked for, and no longer than a minute and the jitter', () => {
    expect(waitBeforeRetry(1, Duration.ofSeconds(7), 0).seconds).toBe(7)
    expect(waitBeforeRetry(1, Duration.ofSeconds(7), 1).seconds).toBe(7.5)
    expect(waitBeforeRetry(1, Duration.ofSeconds(3600), 0).seconds).toBe(60)
  })

  it.each([429, 503, 412, 500])('heeds Retry-After of a %i', async (status) => {
    const { waits } = await run({}, [reply(status, { 'retry-after': '20' }), reply(200)])
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThanOrEqual(20)
    expect(waits[0]).toBeLessThanOrEqual(20.5)
  })

  it('is not begun after the last try', async () => {
    expect((await run({}, [refused])).waits).toHaveLength(2)
  })

  it('ends with the reason when the caller aborts, and nothing more is sent', async () => {
    const controller = new AbortController()
    const reason = new Error('stop asked for')
    const clock = new PatientClock()
    let tries = 0
    clock.sleep = () => {
      controller.abort(reason)
      return Promise.resolve()
    }
    const sending = withRetries({ repeat: 'safe', signal: controller.signal }, { maxRetries: 2, clock }, () => {
      tries += 1
      return Promise.resolve(reply(503))
    })
    await expect(sending).rejects.toBe(reason)
    expect(tries).toBe(1)
  })
})
