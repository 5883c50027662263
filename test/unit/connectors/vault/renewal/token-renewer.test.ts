import { describe, expect, it } from 'vitest'
import { ProtocolError, RejectedError, UnavailableError } from '../../../../../src/core/errors.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../../../../../src/connectors/vault/token/token-api.ts'
import { hours, minutes, RenewerScene, s } from './renewer-scene.ts'

describe('the cadence', () => {
  it('is one look-up at the start and a renewal at half of the TTL, then never another look-up', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(hours(5))
    expect(scene.token.lookups.map(({ at }) => at)).toEqual([0])
    expect(scene.renewedAt).toEqual([1800, 3600, 5400, 7200, 9000, 10_800, 12_600, 14_400, 16_200, 18_000])
    expect(scene.count('renewed')).toBe(10)
  })

  it('starts from what is left, not from what the token was made with', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, age: 2400 })
    await scene.pass(minutes(41))
    expect(scene.renewedAt).toEqual([600, 2400])
  })

  it('follows the server when it shortens or lengthens the lease', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.longestGrant = 600
    await scene.pass(minutes(40))
    expect(scene.renewedAt).toEqual([1800, 2100, 2400])
    scene.token.longestGrant = 3600
    await scene.pass(minutes(40))
    expect(scene.renewedAt).toEqual([1800, 2100, 2400, 2700, 4500])
  })

  it('tells at the start what the token is, and at each renewal what was granted', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(30))
    const [started, renewed] = scene.told
    expect(started).toMatchObject({ kind: 'started', ttl: s(3600), renewable: true })
    expect(scene.secondsAt(scene.all('started')[0]!.expiresAt)).toBe(3599.5)
    expect(scene.secondsAt(scene.all('started')[0]!.nextRenewalAt)).toBe(1800)
    expect(renewed).toMatchObject({ kind: 'renewed', lease: s(3600) })
    expect(scene.secondsAt(scene.all('renewed')[0]!.expiresAt)).toBe(5400)
    expect(scene.secondsAt(scene.all('renewed')[0]!.nextRenewalAt)).toBe(3600)
  })

  it('asks for the creation TTL each time, for what the operator wants, and for nothing where a period rules', async () => {
    const plain = await RenewerScene.started({ ttl: 3600 })
    const wanted = await RenewerScene.started({ ttl: 3600 }, hours(2))
    const periodic = await RenewerScene.started({ ttl: 3600, period: 3600 })
    for (const scene of [plain, wanted, periodic]) await scene.pass(minutes(31))
    expect(plain.token.renewals[0]!.increment).toEqual(s(3600))
    expect(wanted.token.renewals[0]!.increment).toEqual(hours(2))
    expect(periodic.token.renewals[0]!.increment).toBeUndefined()
  })

  it('leaves the repeating to the loop: the client sends each call once', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    await scene.pass(minutes(31))
    expect([...scene.token.lookups, ...scene.token.renewals].map(({ repeat }) => repeat)).toEqual([false, false])
  })

  it('never sleeps for longer than half a minute at a stretch, whatever the TTL', async () => {
    const scene = await RenewerScene.started({ ttl: 86_400 * 60 })
    await scene.pass(hours(24 * 31))
    expect(scene.renewedAt).toEqual([86_400 * 30])
    expect(Math.max(...scene.clock.sleeps.map(({ seconds }) => seconds))).toBe(30)
  })
})

describe('a short lease', () => {
  it('is renewed at half of what remains, at least a second apart, and warned of once', async () => {
    const scene = await RenewerScene.started({ ttl: 6 })
    await scene.pass(s(10))
    expect(scene.renewedAt).toEqual([0, 3, 6, 9])
    expect(scene.all('short-lease')).toEqual([{ kind: 'short-lease', lease: s(6), at: 0 }])
    expect(scene.token.isAlive).toBe(true)
  })

  it('survives even at two seconds', async () => {
    const scene = await RenewerScene.started({ ttl: 2 })
    await scene.pass(s(20))
    expect(scene.renewedAt.slice(0, 4)).toEqual([0, 1, 2, 3])
    expect(scene.token.isAlive).toBe(true)
    expect(scene.end).toBeUndefined()
  })

  it('is renewed at once when the loop starts with little left, without a warning about later leases', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, age: 3595 })
    await scene.pass(minutes(10))
    expect(scene.renewedAt).toEqual([0])
    expect(scene.count('short-lease')).toBe(0)
  })
})

describe('a token that can not be renewed', () => {
  it('ends the loop at the start without a single renewal call', async () => {
    const scene = await RenewerScene.started({ ttl: 3600, isRenewable: false })
    await scene.pass(hours(2))
    expect(scene.kinds).toEqual(['started', 'not-renewable'])
    expect(scene.all('not-renewable')[0]).toMatchObject({ when: 'start' })
    expect(scene.secondsAt(scene.all('not-renewable')[0]!.expiresAt)).toBe(3599.5)
    expect(scene.token.renewals).toEqual([])
    expect(scene.end).toMatchObject({ reason: 'not-renewable', error: { exitCode: 4 } })
  })

  it('ends the loop when a later reply says so, with the lease of that reply', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    const renew = scene.token.renewSelf.bind(scene.token)
    scene.token.renewSelf = async (...args) => ({ ...(await renew(...args)), renewable: false })
    await scene.pass(hours(2))
    expect(scene.kinds).toEqual(['started', 'not-renewable'])
    expect(scene.all('not-renewable')[0]).toMatchObject({ when: 'renewal', at: 1800 })
    expect(scene.secondsAt(scene.all('not-renewable')[0]!.expiresAt)).toBe(5400)
    expect(scene.end).toMatchObject({ reason: 'not-renewable', error: { exitCode: 4 } })
  })

  it('ends the loop when the server refuses, with its words and no count of a failure', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.isRenewable = false
    await scene.pass(hours(2))
    expect(scene.kinds).toEqual(['started', 'not-renewable'])
    expect(scene.all('not-renewable')[0]!.error).toBeInstanceOf(TokenNotRenewableError)
    expect(scene.end!.error!.message).toContain('lease is not renewable')
    expect(scene.renewedAt).toEqual([1800])
  })

  it('ends the loop when the maximum was lowered below its age, though it still lives', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.maxTtl = 60
    await scene.pass(hours(2))
    expect(scene.kinds).toEqual(['started', 'not-renewable'])
    expect(scene.all('not-renewable')[0]).toMatchObject({ at: 1800, error: { pastMaxTtl: true } })
    expect(scene.end!.reason).toBe('not-renewable')
  })

  it('is nothing to warn of when it never expires', async () => {
    const scene = await RenewerScene.started({ ttl: 0, neverExpires: true })
    expect(scene.kinds).toEqual(['started', 'nothing-to-renew'])
    expect(scene.all('started')[0]).toMatchObject({ expiresAt: null, nextRenewalAt: null })
    expect(scene.end).toEqual({ reason: 'nothing-to-renew' })
    expect(scene.token.renewals).toEqual([])
  })
})

describe('a failed renewal', () => {
  it('does not end the loop: the next one succeeds, and the regular cadence goes on', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at < 1810 ? 'refused' : undefined)
    await scene.pass(hours(1))
    expect(scene.kinds.slice(0, 3)).toEqual(['started', 'renewal-failed', 'renewal-failed'])
    const first = scene.all('renewed')[0]!
    expect(first.at).toBeGreaterThanOrEqual(1810)
    expect(first.at).toBeLessThan(1830)
    expect(scene.secondsAt(first.nextRenewalAt)).toBeCloseTo(first.at + 1800)
    expect(scene.token.lookups).toHaveLength(1)
  })

  it('is told with the cause, the count, the end of the lease and the next attempt', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path) => (path === 'renewal' ? 'refused' : undefined)
    await scene.pass(minutes(31))
    const [first, second] = scene.all('renewal-failed')
    expect(first).toMatchObject({ failures: 1, loud: true, error: { code: 'connection-refused' } })
    expect(second).toMatchObject({ failures: 2, loud: false })
    expect(scene.secondsAt(first!.expiresAt)).toBe(3599.5)
    expect(scene.secondsAt(first!.nextAttemptAt)).toBe(1801.5)
    expect(second!.at).toBe(1801.5)
  })

  it.each([
    ['a reply that can not be parsed', new ProtocolError('the server answers 200 with a body that is not JSON')],
    ['a throttled server', new UnavailableError('the server throttles', { code: 'throttled' })],
    ['a sealed server', new UnavailableError('the server is sealed', { code: 'sealed' })],
    ['a refusal that Vault does not usually give', new RejectedError('the token refuses the request')],
  ])('passes when it comes from %s', async (_, error) => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path, { at }) => (path === 'renewal' && at < 2000 ? error : undefined)
    await scene.pass(minutes(60))
    expect(scene.all('renewal-failed')[0]!.error).toBe(error)
    expect(scene.count('renewed')).toBeGreaterThan(0)
    expect(scene.end).toBeUndefined()
  })

  it('is loud at the first of a series, at each change of cause, and each time half of what was left has passed', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    const sealed = new UnavailableError('the server is sealed', { code: 'sealed' })
    scene.token.fault = (path, { at }) => {
      if (path === 'lookup' || at > 3400) return undefined
      return at > 2000 && at < 2200 ? sealed : 'refused'
    }
    await scene.pass(minutes(59))
    const loud = scene.all('renewal-failed').filter(({ loud }) => loud)
    expect(loud.map(({ error }) => error.code)).toEqual([
      'connection-refused',
      'sealed',
      'connection-refused',
      'connection-refused',
      'connection-refused',
    ])
    const left = loud.map(({ at }) => 3600 - at)
    expect(left[3]).toBeLessThanOrEqual(left[2]! / 2)
    expect(left[4]).toBeLessThanOrEqual(left[3]! / 2)
    expect(scene.count('renewal-failed')).toBeGreaterThan(10)
    await scene.pass(hours(1))
    scene.token.fault = (path) => (path === 'renewal' ? 'refused' : undefined)
    await scene.pass(hours(0.5))
    expect(scene.all('renewal-failed').find(({ at }) => at > 3600)).toMatchObject({ loud: true, failures: 1 })
  })

  it('waits as long as the server asks, up to half of what is left', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    const throttled = new UnavailableError('the server throttles', { code: 'throttled', retryAfter: s(120) })
    scene.token.fault = (path) => (path === 'renewal' ? throttled : undefined)
    await scene.pass(minutes(35))
    expect(scene.renewedAt).toEqual([1800, 1920, 2040])
  })

  it('ends the loop visibly when the cause is a bug', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.fault = (path) => (path === 'renewal' ? new TypeError('x is not a function') : undefined)
    await scene.pass(hours(2))
    expect(scene.kinds).toEqual(['started', 'failed'])
    expect(scene.end).toMatchObject({ reason: 'failed', error: { exitCode: 1, code: 'internal' } })
    expect(scene.renewedAt).toEqual([1800])
  })
})

describe('a denied renewal', () => {
  it('is a failure like any other while a look-up says that the token lives, and a policy that comes back helps', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.mayRenewItself = false
    await scene.pass(minutes(35))
    expect(scene.all('renewal-failed')[0]).toMatchObject({ loud: true, error: { code: 'denied' } })
    expect(scene.token.lookups[1]!.at).toBe(1800)
    expect(scene.end).toBeUndefined()
    const distances = scene.renewedAt.slice(1).map((at, index) => at - scene.renewedAt[index]!)
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(1)
    scene.token.mayRenewItself = true
    await scene.pass(minutes(10))
    expect(scene.kinds.at(-1)).toBe('renewed')
  })

  it('ends the loop when one look-up is denied too', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.revoke()
    await scene.pass(hours(2))
    expect(scene.kinds).toEqual(['started', 'renewal-failed', 'expired'])
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'revoked', at: 1800 })
    expect(scene.token.lookups).toHaveLength(2)
    expect(scene.token.renewals).toHaveLength(1)
    expect(scene.end).toMatchObject({ reason: 'expired', error: { exitCode: 4 } })
    expect(scene.end!.error!.cause).toBeInstanceOf(TokenDeniedError)
  })

  it('does not end the loop when the look-up can not be asked', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.token.mayRenewItself = false
    scene.token.fault = (path) => (path === 'lookup' ? 'refused' : undefined)
    await scene.pass(minutes(31))
    scene.token.mayRenewItself = true
    await scene.pass(minutes(10))
    expect(scene.kinds.at(-1)).toBe('renewed')
  })

  it('believes the look-up when somebody else has renewed the token', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.mayRenewItself = false
    await scene.pass(s(40))
    scene.token.endIn(600)
    await scene.pass(s(60))
    expect(scene.end).toBeUndefined()
    scene.token.mayRenewItself = true
    await scene.pass(minutes(5))
    expect(scene.kinds.at(-1)).toBe('renewed')
  })

  it('believes the look-up when less is left than was promised, and tries again in time', async () => {
    const scene = await RenewerScene.started({ ttl: 3600 })
    scene.random = 0.999
    scene.token.mayRenewItself = false
    await scene.pass(minutes(45))
    scene.token.endIn(20)
    scene.renewer.renewNow()
    await scene.pass(s(1))
    scene.token.mayRenewItself = true
    await scene.pass(s(20))
    expect(scene.kinds.at(-1)).toBe('renewed')
    expect(scene.token.isAlive).toBe(true)
  })

  it('that lasts until the lease is over ends with it', async () => {
    const scene = await RenewerScene.started({ ttl: 60 })
    scene.token.mayRenewItself = false
    await scene.passUntilEnd(s(70))
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'ttl' })
    expect(scene.all('expired')[0]!.at).toBeGreaterThan(59)
    expect(scene.all('expired')[0]!.at).toBeLessThan(61.5)
  })
})

describe('the start', () => {
  it('ends with exit 4 when the token is denied', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.revoke()
    await scene.start()
    expect(scene.kinds).toEqual(['expired'])
    expect(scene.all('expired')[0]).toMatchObject({ reason: 'revoked', expiresAt: null })
    expect(scene.token.lookups).toHaveLength(1)
    expect(scene.end).toMatchObject({ reason: 'expired', error: { exitCode: 4, code: 'denied' } })
  })

  it('waits for a server that is away, loud at the first and at each change of cause', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    const sealed = new UnavailableError('the server is sealed', { code: 'sealed' })
    const garbage = new ProtocolError('the server answers 200 with a body that is not JSON')
    scene.random = 0.3
    scene.token.fault = (path, { at }) => {
      if (path === 'renewal' || at > 60) return undefined
      return at < 20 ? 'refused' : at < 40 ? sealed : garbage
    }
    await scene.start()
    await scene.pass(minutes(3))
    const waiting = scene.all('waiting')
    expect(waiting.filter(({ loud }) => loud).map(({ error }) => error.code)).toEqual([
      'connection-refused',
      'sealed',
      'protocol',
    ])
    expect(waiting.length).toBeGreaterThan(3)
    expect(scene.secondsAt(waiting[0]!.nextAttemptAt)).toBe(1.3)
    expect(scene.kinds.at(-1)).toBe('started')
    expect(scene.count('renewal-failed')).toBe(0)
  })

  it('ends with exit 6 when there is no Vault at that address', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.fault = () => new ProtocolError('no Vault', { code: 'not-vault' })
    await scene.start()
    expect(scene.kinds).toEqual(['failed'])
    expect(scene.end).toMatchObject({ reason: 'failed', error: { exitCode: 6, code: 'not-vault' } })
  })

  it('ends at once when waiting would change nothing', async () => {
    const scene = new RenewerScene({ ttl: 3600 })
    scene.token.fault = () => new TypeError('x is undefined')
    await scene.start()
    expect(scene.end).toMatchObject({ reason: 'failed', error: { exitCode: 1 } })
  })
})
