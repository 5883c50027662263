import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import {
  AuthError,
  ConfigError,
  FileError,
  ProtocolError,
  RejectedError,
  UnavailableError,
} from '../../../src/core/errors.ts'
import { InterruptedError } from '../../../src/core/interruption.ts'
import { KeyRefusedError } from '../../../src/connectors/connector.ts'
import { ConnectionError, type ConnectionFailure } from '../../../src/http/http-client.ts'
import { noMetrics } from '../../../src/metrics/metrics.ts'
import { countIssuance, issuanceErrorClass } from '../../../src/operations/count-issuance.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const connection = (code: ConnectionFailure) => new ConnectionError('x', true, { code })
const withStatus = (status: number) => ({ facts: { status } })

describe('issuanceErrorClass', () => {
  it.each([
    ['timeout', connection('timeout')],
    ['network', connection('connection-refused')],
    ['network', connection('unknown-host')],
    ['network', connection('tls-untrusted')],
    ['network', connection('reply-cut')],
    ['auth', new AuthError('x', withStatus(403))],
    ['rate_limited', new UnavailableError('x', { code: 'throttled', ...withStatus(429) })],
    ['validation', new RejectedError('x', withStatus(400))],
    ['validation', new RejectedError('x')],
    ['validation', new KeyRefusedError('x', { algorithm: 'rsa', minimumBits: undefined }, withStatus(400))],
    ['upstream_5xx', new RejectedError('x', withStatus(500))],
    ['upstream_4xx', new RejectedError('x', { code: 'not-found', ...withStatus(404) })],
    ['upstream_5xx', new UnavailableError('x', withStatus(502))],
    ['upstream_5xx', new UnavailableError('x', { code: 'sealed', ...withStatus(503) })],
    ['upstream_4xx', new UnavailableError('x', withStatus(412))],
    ['upstream_4xx', new ProtocolError('x', withStatus(403))],
    ['other', new ProtocolError('x', withStatus(200))],
    ['other', new ProtocolError('x')],
    ['other', new FileError('x')],
    ['other', new ConfigError('x')],
    ['other', new InterruptedError('SIGTERM')],
    ['other', new TypeError('x')],
    ['other', undefined],
  ])('is %s for %o', (errorClass, error) => {
    expect(issuanceErrorClass(error)).toBe(errorClass)
  })
})

describe('countIssuance', () => {
  function setUp() {
    const clock = new FakeClock()
    const counted: unknown[][] = []
    const metrics = { ...noMetrics, countIssuance: (...call: unknown[]) => void counted.push(call) }
    return { host: { clock, metrics, stateDirectory: '/nowhere', environment: {}, jitterOf: () => 0 }, clock, counted }
  }

  it('counts a success with its time, and hands the result on', async () => {
    const { host, clock, counted } = setUp()
    const issue = async () => {
      await clock.advance(Duration.ofSeconds(2))
      return 'leaf'
    }
    expect(await countIssuance(host, 'vault', issue)).toBe('leaf')
    expect(counted).toEqual([['vault', Duration.ofSeconds(2)]])
  })

  it('counts a failure with its time and class, and throws it on', async () => {
    const { host, clock, counted } = setUp()
    const error = new AuthError('denied')
    const issue = async () => {
      await clock.advance(Duration.ofSeconds(3))
      throw error
    }
    await expect(countIssuance(host, 'vault', issue)).rejects.toBe(error)
    expect(counted).toEqual([['vault', Duration.ofSeconds(3), 'auth']])
  })

  it('is not put out by a wall clock that is set', async () => {
    const { host, clock, counted } = setUp()
    await countIssuance(host, 'vault', () => Promise.resolve(clock.jumpWall(Duration.ofDays(-1))))
    expect(counted).toEqual([['vault', Duration.zero]])
  })
})
