import { describe, expect, it } from 'vitest'
import {
  AuthError,
  type CertctlError,
  ConfigError,
  ProtocolError,
  RejectedError,
  UnavailableError,
} from '../../../../../src/core/errors.ts'
import { TokenDeniedError } from '../../../../../src/connectors/vault/token/token-api.ts'
import { ConnectionError } from '../../../../../src/http/http-client.ts'
import { hours, minutes, s } from './renewer-scene.ts'
import { SuccessionScene } from './succession-scene.ts'

const refused: CertctlError = new RejectedError(
  'the approle login at auth/approle refuses the request: invalid role or secret ID',
)
const away = new UnavailableError('https://vault.corp:8200 is sealed', { code: 'sealed' })

/** From one to the next. */
function distances(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, index) => time - times[index]!)
}

describe('a renewer that can log in', () => {
  it('logs in at once when there is no token', async () => {
    const scene = await SuccessionScene.started({ ttl: 3600 })
    expect(scene.logins).toEqual([0])
    expect(scene.kinds).toEqual(['started'])
  })

  it('logs in when the token it begins with is denied, and says nothing of an end', async () => {
    const scene = new SuccessionScene({ ttl: 3600 }, { ttl: 3600 })
    scene.token.revoke()
    await scene.start()
    expect(scene.logins).toEqual([0])
    expect(scene.kinds).toEqual(['started'])
    expect(scene.handedOn).toBe(0)
  })

  it('begins with a good token without a login, and hands that one on', async () => {
    const scene = await SuccessionScene.started({ ttl: 3600 }, { ttl: 3600 })
    await scene.pass(hours(1))
    expect(scene.logins).toEqual([])
    expect(scene.handedOn).toBe(1)
    expect(scene.token.renewals.length).toBeGreaterThan(1)
  })

  it('keeps a token alive that renewal can extend without ever logging in again', async () => {
    const scene = await SuccessionScene.started({ ttl: 600, period: 600 })
    expect(await scene.isWithoutGap(hours(1))).toBe(true)
    expect(scene.logins).toEqual([0])
  })

  it('waits for a server that is away, asking at most once a second and telling each change of cause', async () => {
    const scene = new SuccessionScene({ ttl: 3600 })
    scene.random = 0
    scene.loginFault = () => away
    await scene.start()
    await scene.pass(s(30.5))
    expect(scene.logins).toHaveLength(31)
    expect(Math.min(...distances(scene.logins))).toBeGreaterThanOrEqual(1)
    expect(scene.told.filter((event) => event.kind === 'login-failed' && event.loud)).toHaveLength(1)
    scene.loginFault = () => undefined
    await scene.pass(s(1))
    expect(scene.kinds.at(-1)).toBe('started')
  })

  it('backs off up to a minute, and waits as long as the server asks for', async () => {
    const scene = new SuccessionScene({ ttl: 3600 })
    scene.random = 0.999
    scene.loginFault = () => away
    await scene.start()
    await scene.pass(minutes(10))
    expect(Math.max(...distances(scene.logins))).toBeLessThanOrEqual(60)
    expect(scene.logins.length).toBeLessThan(20)
    const before = scene.logins.length
    scene.loginFault = () => new UnavailableError('throttled', { retryAfter: minutes(4) })
    await scene.pass(minutes(1))
    expect(scene.logins).toHaveLength(before + 1)
    await scene.pass(minutes(2))
    expect(scene.logins).toHaveLength(before + 1)
  })

  it.each([
    ['credentials', refused, 4],
    ['access', new AuthError('the approle login at auth/approle is denied: permission denied'), 4],
    ['a credential file that is missing', new ConfigError('the role id file /role-id does not exist'), 3],
    ['a server that is no Vault', new ProtocolError('it knows no login', { code: 'not-vault' }), 6],
  ])('ends when there is no good token and the login is refused: %s', async (_, error, exitCode) => {
    const scene = new SuccessionScene({ ttl: 3600 })
    scene.loginFault = () => error
    await scene.start()
    expect(scene.logins).toEqual([0])
    expect(scene.kinds).toEqual(['failed'])
    expect(scene.end).toEqual({ reason: 'failed', error })
    expect(error.exitCode).toBe(exitCode)
  })
})

describe('ahead of the certain end', () => {
  it('a capped token gets a successor with a fifth of its TTL left, and no warning', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, explicitMax: 1000 })
    await scene.pass(s(799))
    expect(scene.logins).toEqual([0])
    await scene.pass(s(2))
    expect(scene.logins).toHaveLength(2)
    expect(scene.logins[1]).toBe(799.5)
    expect(scene.kinds.slice(-2)).toEqual(['token-replaced', 'end-known'])
    expect([scene.count('capped'), scene.count('ends-soon')]).toEqual([0, 0])
  })

  it('so does one whose maximum only its grants show', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, maxTtl: 1700 })
    expect(await scene.isWithoutGap(s(1600))).toBe(true)
    expect(scene.logins).toHaveLength(2)
    expect(scene.logins[1]).toBeGreaterThan(1490)
  })

  it('one that is not renewable is never renewed and never warned of', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, isRenewable: false })
    expect(await scene.isWithoutGap(s(5000))).toBe(true)
    expect(scene.logins.map((at) => Math.round(at / 20) * 20)).toEqual([0, 800, 1600, 2400, 3200, 4000, 4800])
    expect(scene.tokens.flatMap(({ renewals }) => renewals)).toEqual([])
    expect(new Set(scene.kinds)).toEqual(new Set(['started', 'end-known', 'token-replaced']))
  })

  it.each([5, 14, 60])('there is no gap with tokens of %d seconds', async (ttl) => {
    const scene = await SuccessionScene.started({ ttl, explicitMax: ttl })
    expect(await scene.isWithoutGap(s(300))).toBe(true)
    expect(scene.logins.length).toBeLessThanOrEqual(300 / (ttl * 0.5))
  })

  it.each([
    [3, 0.3],
    [3, 0.6],
    [4, 0.2],
    [4, 0.9],
  ])('nor with tokens of %d seconds that begin %d s after a full one', async (ttl, startedAt) => {
    const scene = new SuccessionScene({ ttl, explicitMax: ttl })
    await scene.pass(s(startedAt))
    await scene.start()
    expect(await scene.isWithoutGap(s(300))).toBe(true)
    expect(Math.min(...distances(scene.logins))).toBeGreaterThan(1 - 1e-6)
  })

  it('a token that is nearer to its end at the start is succeeded at once', async () => {
    const scene = await SuccessionScene.started({ ttl: 3600 }, { ttl: 3600, age: 3000, explicitMax: 3600 })
    expect(scene.logins).toEqual([0])
    expect(scene.kinds).toEqual(['started', 'end-known', 'token-replaced'])
  })

  it('a renewal that the server refuses for good is followed by a login', async () => {
    const scene = await SuccessionScene.started({ ttl: 3600 })
    scene.token.isRenewable = false
    await scene.pass(minutes(31))
    expect(scene.kinds).toEqual(['started', 'renewal-failed', 'token-replaced'])
    expect(scene.count('not-renewable')).toBe(0)
  })

  it('a token that may not renew itself is succeeded before it ends', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000 })
    scene.token.mayRenewItself = false
    expect(await scene.isWithoutGap(s(1500))).toBe(true)
    expect(scene.logins).toHaveLength(2)
    expect(scene.logins[1]).toBeCloseTo(800, -1)
    expect(scene.count('expired')).toBe(0)
  })

  it('a server that does not answer renewals is asked for them, not for logins, while the token lives', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000 })
    scene.token.fault = (path) => (path === 'renewal' ? 'refused' : undefined)
    await scene.pass(s(990))
    expect(scene.logins).toEqual([0])
    scene.token.fault = () => undefined
    await scene.pass(s(20))
    expect(scene.logins).toEqual([0])
    expect(scene.token.isAlive).toBe(true)
  })

  it('refused credentials are tried until the end, then the loop fails with 4', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, explicitMax: 1000 })
    scene.loginFault = () => refused
    await scene.pass(s(1010))
    expect(scene.logins.length).toBeGreaterThan(3)
    expect(scene.logins.at(-2)).toBeGreaterThan(998)
    expect(Math.min(...distances(scene.logins))).toBeGreaterThanOrEqual(1)
    expect(scene.end).toEqual({ reason: 'failed', error: refused })
    expect(refused.exitCode).toBe(4)
    expect(scene.told.at(-1)).toMatchObject({ kind: 'failed' })
    expect(scene.told.at(-1)?.at).toBeGreaterThanOrEqual(999)
    expect(scene.clock.sleeperCount).toBe(0)
  })

  it('credentials that are put right in time leave no gap', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, explicitMax: 1000 })
    scene.loginFault = () => (scene.clock.seconds < 950 ? refused : undefined)
    expect(await scene.isWithoutGap(s(1500))).toBe(true)
    expect(scene.count('login-failed')).toBeGreaterThan(0)
  })

  it('a login that gets no answer leaves time for another one before the end', async () => {
    const scene = await SuccessionScene.started({ ttl: 60, explicitMax: 60 })
    scene.loginFault = () => (scene.clock.seconds < 52 ? 'silent' : undefined)
    expect(await scene.isWithoutGap(s(70))).toBe(true)
    expect(scene.all('login-failed').map(({ at }) => at)).toEqual([expect.closeTo(53.5, 1)])
  })
})

describe('after the end', () => {
  it('a token that died in an outage is told, and replaced when the server is back', async () => {
    const scene = await SuccessionScene.started({ ttl: 600 })
    scene.token.fault = () => 'refused'
    scene.loginFault = () => new ConnectionError('refused', false, { code: 'connection-refused' })
    await scene.pass(s(900))
    expect(scene.count('expired')).toBe(1)
    expect(scene.end).toBeUndefined()
    scene.loginFault = () => undefined
    await scene.pass(s(61))
    expect(scene.kinds.at(-1)).toBe('token-replaced')
    expect(scene.token.isAlive).toBe(true)
  })

  it('one that was revoked is replaced at once, and a login that is refused then ends the loop', async () => {
    const scene = await SuccessionScene.started({ ttl: 600 })
    scene.token.revoke()
    await scene.pass(s(301))
    expect(scene.kinds.slice(-2)).toEqual(['expired', 'token-replaced'])
    scene.token.revoke()
    scene.loginFault = () => refused
    await scene.pass(s(301))
    expect(scene.kinds.slice(-2)).toEqual(['expired', 'failed'])
    expect(scene.end).toMatchObject({ reason: 'failed', error: refused })
  })
})

describe('tokens that are over as soon as they are made', () => {
  it.each([
    ['live for a second', { ttl: 1 }],
    ['live for less', { ttl: 0.4 }],
    ['are at their end already', { ttl: 3600, age: 3000, explicitMax: 3600 }],
  ])('make no storm of logins: they %s', async (_, made) => {
    const scene = await SuccessionScene.started(made)
    await scene.pass(minutes(10))
    expect(scene.end).toBeUndefined()
    expect(Math.min(...distances(scene.logins))).toBeGreaterThanOrEqual(1)
    expect(Math.max(...distances(scene.logins))).toBeLessThanOrEqual(61)
    expect(scene.logins.length).toBeLessThan(20)
  })

  it('leave no gap where they live for some seconds', async () => {
    const scene = await SuccessionScene.started({ ttl: 3600, age: 3590, isRenewable: false })
    expect(await scene.isWithoutGap(minutes(10))).toBe(true)
    expect(scene.logins.length).toBeLessThan(75)
  })

  it('and are forgotten once one of them lives', async () => {
    const scene = await SuccessionScene.started({ ttl: 20, explicitMax: 20 }, { ttl: 20, age: 19, explicitMax: 20 })
    expect(await scene.isWithoutGap(s(200))).toBe(true)
    expect(Math.max(...distances(scene.logins))).toBeLessThan(17)
  })
})

describe('told from outside', () => {
  it.each(['there is no token', 'its token nears its end'])(
    'to stop in a login that never ends, it stops: %s',
    async (when) => {
      const made = { ttl: 100, explicitMax: 100 }
      const scene = new SuccessionScene(made, when === 'there is no token' ? undefined : made)
      scene.loginFault = () => 'stuck'
      await scene.start()
      await scene.pass(s(90))
      expect(scene.logins).toHaveLength(1)
      await scene.renewer.stop()
      expect(scene.end).toEqual({ reason: 'stopped' })
      expect(scene.kinds.at(-1)).toBe('stopped')
      expect(scene.clock.sleeperCount).toBe(0)
    },
  )

  it('to stop between two logins, it stops', async () => {
    const scene = new SuccessionScene({ ttl: 100 })
    scene.loginFault = () => away
    await scene.start()
    await scene.pass(s(20))
    await scene.renewer.stop()
    expect(await scene.renewer.ended()).toEqual({ reason: 'stopped' })
    expect(scene.clock.sleeperCount).toBe(0)
  })

  it('to renew now while it waits for a login, it logs in, once a second at most', async () => {
    const scene = new SuccessionScene({ ttl: 100 })
    scene.random = 0.999
    scene.loginFault = () => away
    await scene.start()
    await scene.pass(s(100))
    const before = scene.logins.length
    for (let count = 0; count < 10; count += 1) scene.renewer.renewNow()
    await scene.pass(s(0.9))
    expect(scene.logins).toHaveLength(before + 1)
  })

  it('to renew a token now that is not renewable, it gets another', async () => {
    const scene = await SuccessionScene.started({ ttl: 1000, isRenewable: false })
    await scene.pass(s(10))
    scene.renewer.renewNow()
    await scene.pass(s(1))
    expect(scene.kinds).toEqual(['started', 'end-known', 'token-replaced', 'end-known'])
    expect(scene.end).toBeUndefined()
  })

  it('of a token from elsewhere while it waits for a login, it goes on with that', async () => {
    const scene = new SuccessionScene({ ttl: 3600 })
    scene.loginFault = () => away
    await scene.start()
    await scene.pass(s(20))
    scene.loginFault = () => undefined
    scene.renewer.tokenReplaced(await scene.takeNewToken())
    await scene.pass(s(1))
    expect(scene.kinds.filter((kind) => kind !== 'login-failed')).toEqual(['started', 'renewed'])
  })
})

it('without a way to log in a denied token ends the loop as before', async () => {
  const scene = new SuccessionScene({ ttl: 100 })
  scene.loginFault = () => new TokenDeniedError('denied')
  await scene.start()
  expect(scene.end).toMatchObject({ reason: 'expired' })
})
