import type { LookupFunction } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type TestContext, afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../src/core/duration.ts'
import * as faults from '../support/faults.ts'
import { KeptToken, type KeepOptions } from '../support/kept-token.ts'
import { Relay } from '../support/relay.ts'
import type { PolicyRules } from '../support/vault-fixture.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'
import { VaultSubject } from '../support/vault-subject.ts'

type Finishing = Pick<TestContext, 'onTestFinished'>

const mayLookUp = { 'auth/token/lookup-self': ['read'] } satisfies PolicyRules
const mayRenew = { ...mayLookUp, 'auth/token/renew-self': ['update'] } satisfies PolicyRules
const longest = 30_000

/** What the renewal loop does with the tokens of a server, on the real clock; the cases run at once. */
export function describeTokenRenewer(on: string, start: () => Promise<VaultServer>): void {
  describe.concurrent(`the token renewer on ${on}`, () => {
    let server: VaultServer

    beforeAll(async () => {
      server = await start()
    })

    afterAll(() => server.stop())

    function keep(test: Finishing, token: TokenOptions | string, options?: KeepOptions): Promise<KeptToken> {
      return KeptToken.start(test, server, token, options)
    }

    /** For what an operator does to all tokens at once. */
    async function ownServer({ onTestFinished }: Finishing): Promise<VaultServer> {
      const own = await start()
      onTestFinished(() => own.stop())
      return own
    }

    async function relayTo({ onTestFinished }: Finishing): Promise<Relay> {
      const relay = await Relay.start(server.address)
      onTestFinished(() => relay.stop())
      return relay
    }

    describe('with a token that can be renewed', () => {
      it('looks up once, and renews at half of each lease', { timeout: longest }, async (test) => {
        const kept = await keep(test, { ttl: '12s' })
        const first = await kept.until('renewed')
        const second = await kept.until('renewed', { count: 2 })
        expect(kept.secondsAt(first)).toBeGreaterThan(5)
        expect(kept.secondsAt(first)).toBeLessThan(7)
        expect(kept.secondsAt(second) - kept.secondsAt(first)).toBeGreaterThan(5.5)
        expect(kept.secondsAt(second) - kept.secondsAt(first)).toBeLessThan(7)
        expect([first, second].map(({ lease }) => lease.seconds)).toEqual([12, 12])
        expect(kept.asked).toEqual(['lookup-self', 'renew-self', 'renew-self'])
        expect(kept.kinds).toEqual(['started', 'renewed', 'renewed'])
      })

      it(
        'renews a short one at once, then at half of what remains, and warns of it once',
        { timeout: longest },
        async (test) => {
          const kept = await keep(test, { ttl: '6s' })
          const renewals = [await kept.until('renewed'), await kept.until('renewed', { count: 4 })] as const
          expect(kept.secondsAt(renewals[0])).toBeLessThan(1.5)
          expect(kept.secondsAt(renewals[1])).toBeLessThan(11)
          expect(kept.secondsAt(renewals[1])).toBeGreaterThan(8)
          expect(kept.all('short-lease')).toHaveLength(1)
          expect(kept.kinds).not.toContain('renewal-failed')
          expect(await kept.isAlive()).toBe(true)
        },
      )

      it('promises no later end than the server keeps, in whatever part of a second it looks up', async (test) => {
        await wait(1000 - (Date.now() % 1000))
        const { token } = await server.createToken({ ttl: '1h' })
        const { json } = await server.request('GET', 'auth/token/lookup-self', undefined, token)
        const end = Date.parse(String(json?.data?.['expire_time']))
        for (const part of [200, 450, 700, 950]) {
          await wait(Math.max(0, part - (Date.now() % 1000)))
          const { expiresAt } = await (await keep(test, token)).until('started')
          expect(expiresAt!.getTime()).toBeLessThanOrEqual(end)
          expect(expiresAt!.getTime()).toBeGreaterThan(end - 4000)
        }
      })

      it('asks for the TTL at creation, so that one small grant does not stay small', async (test) => {
        const { token } = await server.createToken({ ttl: '20s' })
        await server.request('POST', 'auth/token/renew-self', { increment: '3s' }, token)
        const kept = await keep(test, token)
        const { lease, nextRenewalAt } = await kept.until('renewed')
        expect(lease.seconds).toBe(20)
        expect(secondsUntil(nextRenewalAt)).toBeCloseTo(10, 0)
        expect(kept.renewals[0]?.body).toEqual({ increment: 20 })
      })

      it('asks for what the operator wants, and goes by what it gets', async (test) => {
        const kept = await keep(test, { ttl: '1h' }, { increment: Duration.ofSeconds(40) })
        const { nextRenewalAt } = await kept.until('started')
        expect(secondsUntil(nextRenewalAt)).toBeGreaterThan(1795)
        kept.renewNow()
        const renewed = await kept.until('renewed')
        expect(renewed.lease.seconds).toBe(40)
        expect(secondsUntil(renewed.nextRenewalAt)).toBeCloseTo(20, 0)
      })

      it('keeps a periodic one alive by its period, whatever it asks for', { timeout: longest }, async (test) => {
        const kept = await keep(test, { period: '6s' }, { increment: Duration.ofHours(1) })
        await kept.until('renewed', { count: 4 })
        expect(kept.all('renewed').map(({ lease }) => lease.seconds)).toEqual([6, 6, 6, 6])
        expect(kept.kinds).not.toContain('capped')
      })
    })

    describe('with a token that will end', () => {
      it('says once when that is, renews up to it, and ends there', { timeout: longest }, async (test) => {
        const kept = await keep(test, { ttl: '6s', explicitMaxTtl: '12s' })
        const capped = await kept.until('capped')
        const endsIn = secondsUntil(capped.endsAt)
        expect(await kept.untilEnd()).toMatchObject({
          reason: 'expired',
          error: { exitCode: 4, code: 'token-expired' },
        })
        const [expired, ...others] = kept.all('expired')
        expect(others).toEqual([])
        expect(expired).toMatchObject({ reason: 'max-ttl' })
        expect(kept.secondsAt(expired!) - kept.secondsAt(capped)).toBeCloseTo(endsIn, -1)
        expect(kept.secondsAt(expired!)).toBeGreaterThan(10)
        expect(kept.secondsAt(expired!)).toBeLessThan(13.5)
        expect(kept.all('capped')).toMatchObject([{ why: 'explicit-max-ttl' }])
        expect(kept.all('renewed').length).toBeGreaterThan(2)
        expect(kept.all('renewal-failed').length).toBeLessThanOrEqual(1)
        expect(await kept.isAlive()).toBe(false)
      })

      it('does so for a periodic one with a maximum too', { timeout: longest }, async (test) => {
        const kept = await keep(test, { period: '6s', explicitMaxTtl: '9s' })
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { facts: { reason: 'max-ttl' } } })
        expect(kept.all('capped')).toMatchObject([{ why: 'explicit-max-ttl' }])
      })

      it('is warned of once, ahead of the end', { timeout: longest }, async (test) => {
        const kept = await keep(test, { ttl: '20s', explicitMaxTtl: '20s' }, { warnBefore: Duration.ofSeconds(17) })
        const warning = await kept.until('ends-soon')
        expect(warning).toMatchObject({ why: 'explicit-max-ttl', isInferred: false })
        expect(warning.left.seconds).toBeLessThanOrEqual(17)
        expect(secondsUntil(warning.endsAt)).toBeLessThanOrEqual(17.1)
        kept.renewNow()
        await kept.until('renewed')
        expect(kept.all('ends-soon')).toHaveLength(1)
      })

      it('knows the maximum of the mount before any grant shows it', { timeout: longest }, async (test) => {
        const own = await ownServer(test)
        await own.tuneMaxTokenTtl('40m')
        const kept = await KeptToken.start(test, own, { ttl: '10m' })
        const known = await kept.until('end-known')
        expect(known).toMatchObject({ why: 'mount-max-ttl', isInferred: false })
        expect(Math.abs(secondsUntil(known.endsAt) - 40 * 60)).toBeLessThan(30)
        expect(kept.http.map(({ path, status }) => `${path} ${status}`)).toEqual([
          'auth/token/lookup-self 200',
          'sys/internal/ui/mounts/auth/token/create 200',
        ])
      })

      it('infers the maximum of the mount from what it is granted', { timeout: longest }, async (test) => {
        const own = await ownServer(test)
        await own.tuneMaxTokenTtl('10s')
        const kept = await KeptToken.start(test, own, { ttl: '6s' })
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { facts: { reason: 'max-ttl' } } })
        expect(kept.all('capped').at(-1)).toMatchObject({ why: 'mount-or-role-max' })
        expect(kept.all('capped').length).toBeLessThanOrEqual(2)
      })

      it('follows a lease that the server cuts, and that grows again', async (test) => {
        const own = await ownServer(test)
        const kept = await KeptToken.start(test, own, { ttl: '5m' })
        await kept.until('started')
        await own.tuneMaxTokenTtl('1m')
        kept.renewNow()
        const cut = await kept.until('renewed')
        expect(cut.lease.seconds).toBeLessThanOrEqual(60)
        expect(secondsUntil(cut.nextRenewalAt)).toBeCloseTo(30, -1)
        await kept.until('capped')
        await own.tuneMaxTokenTtl(undefined)
        kept.renewNow()
        const grown = await kept.until('renewed', { count: 2 })
        expect(grown.lease.seconds).toBe(300)
        expect(secondsUntil(grown.nextRenewalAt)).toBeCloseTo(150, -1)
      })

      it('takes it as the end when the maximum was lowered below its age', async (test) => {
        const own = await ownServer(test)
        const kept = await KeptToken.start(test, own, { ttl: '1h' })
        await wait(2100)
        await own.tuneMaxTokenTtl('1s')
        kept.renewNow()
        const end = await kept.untilEnd()
        expect(end).toMatchObject({ reason: 'not-renewable', error: { exitCode: 4, facts: { status: 500 } } })
        expect(end.error?.message).toContain('past the max TTL, cannot renew')
        expect(kept.kinds).toEqual(['started', 'not-renewable'])
        expect(kept.asked).toEqual(['lookup-self', 'renew-self'])
        expect(await kept.isAlive()).toBe(true)
      })

      it('goes on with few uses until the server has had enough of it', { timeout: longest }, async (test) => {
        const kept = await keep(test, { ttl: '8s', numUses: 4 })
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { facts: { reason: 'revoked' } } })
        // One use for the look-up; the fourth dies with the renewal that it pays for, and a look-up tells.
        expect(kept.all('renewed')).toHaveLength(2)
        expect(kept.all('renewal-failed').map(({ error }) => error.facts['status'])).toEqual([400])
      })
    })

    describe('with a token that cannot be renewed', () => {
      it.for([
        ['a batch token', { ttl: '1h', type: 'batch' }],
        ['one that was made so', { ttl: '1h', renewable: false }],
      ] as const)('ends at once and asks for no renewal: %s', async ([, token], test) => {
        const kept = await keep(test, token)
        expect(await kept.untilEnd()).toMatchObject({ reason: 'not-renewable', error: { exitCode: 4 } })
        expect(kept.kinds).toEqual(['started', 'not-renewable'])
        expect(kept.all('not-renewable')).toMatchObject([{ when: 'start' }])
        expect(kept.asked).toEqual(['lookup-self'])
      })

      it('has nothing to do for a root token, and no fault to find', async (test) => {
        const kept = await keep(test, server.rootToken)
        expect(await kept.untilEnd()).toEqual({ reason: 'nothing-to-renew' })
        expect(kept.kinds).toEqual(['started', 'nothing-to-renew'])
        expect(kept.asked).toEqual(['lookup-self'])
      })

      it.each([
        ['a batch token', { ttl: '1h', type: 'batch' }, 'batch tokens cannot be renewed'],
        ['one that was made so', { ttl: '1h', renewable: false }, 'lease is not renewable'],
        ['root', undefined, 'lease is not renewable'],
      ] as const)('knows the refusal that a renewal would get: %s', async (_, options, words) => {
        const token = options ? (await server.createToken(options)).token : server.rootToken
        const { connector } = new VaultSubject({ address: server.address, token })
        await expect(connector.tokens.renewSelf(undefined)).rejects.toMatchObject({
          code: 'not-renewable',
          exitCode: 4,
          pastMaxTtl: false,
          message: `the token is not renewable: ${words}`,
        })
      })
    })

    describe('with a token that is denied', () => {
      it('ends at the start when it is dead', async (test) => {
        const kept = await keep(test, 'hvs.CAESIJ-nobody-knows-this-one')
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { exitCode: 4, code: 'denied' } })
        expect(kept.kinds).toEqual(['expired'])
        expect(kept.asked).toEqual(['lookup-self'])
      })

      it('ends at the start when it may not look itself up', async (test) => {
        const kept = await keep(test, { ttl: '1h', policies: ['nothing'], noDefaultPolicy: true })
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { exitCode: 4, code: 'denied' } })
      })

      it('counts one failure and asks once more when it was revoked', async (test) => {
        const kept = await keep(test, { ttl: '1h' })
        await kept.until('started')
        await server.revokeToken(kept.token)
        kept.renewNow()
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { facts: { reason: 'revoked' } } })
        expect(kept.kinds).toEqual(['started', 'renewal-failed', 'expired'])
        expect(kept.all('renewal-failed')).toMatchObject([{ loud: true, failures: 1 }])
        expect(kept.asked).toEqual(['lookup-self', 'renew-self', 'lookup-self'])
      })

      it('goes on while the token lives without the policy, and succeeds when that is back', async (test) => {
        await server.writePolicy('keeps-itself', mayRenew)
        const kept = await keep(test, { ttl: '1h', policies: ['keeps-itself'], noDefaultPolicy: true })
        await kept.until('started')
        await server.writePolicy('keeps-itself', mayLookUp)
        kept.renewNow()
        await kept.until('renewal-failed')
        await server.writePolicy('keeps-itself', mayRenew)
        await kept.until('renewed')
        expect(kept.end).toBeUndefined()
        expect(kept.all('renewal-failed')[0]).toMatchObject({ loud: true, error: { code: 'denied' } })
        expect(kept.asked.slice(0, 3)).toEqual(['lookup-self', 'renew-self', 'lookup-self'])
      })

      it('takes it for dead when it may not even look itself up any more', async (test) => {
        await server.writePolicy('loses-all', mayRenew)
        const kept = await keep(test, { ttl: '1h', policies: ['loses-all'], noDefaultPolicy: true })
        await kept.until('started')
        await server.writePolicy('loses-all', { 'cubbyhole/nothing': ['deny'] })
        kept.renewNow()
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired', error: { facts: { reason: 'revoked' } } })
      })
    })

    describe('with a server that fails', () => {
      it.for([
        ['sealed', faults.status(503, 'Vault is sealed')],
        ['no-leader', faults.status(500, 'local node not active but active cluster node not found')],
        ['throttled', faults.throttled('1')],
        ['connection-reset', faults.reset()],
        ['reply-cut', faults.cut()],
      ] as const)('names the cause and counts: %s', { timeout: longest }, async ([code, fault], test) => {
        const relay = await relayTo(test)
        const kept = await keep(test, { ttl: '1h' }, { address: relay.address })
        await kept.until('started')
        relay.faults.on('auth/token/renew-self', fault)
        kept.renewNow()
        await kept.until('renewal-failed', { count: 2 })
        expect(kept.all('renewal-failed').map(({ error }) => error.code)).toEqual([code, code])
        expect(kept.all('renewal-failed').map(({ failures }) => failures)).toEqual([1, 2])
      })

      it('tells a refused connection from a name that nobody knows any more', { timeout: longest }, async (test) => {
        const relay = await relayTo(test)
        let isKnown = true
        const lookup: LookupFunction = (hostname, { all }, callback) => {
          const unknown = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' })
          if (!isKnown) return callback(unknown, '')
          if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
          else callback(null, '127.0.0.1', 4)
        }
        const address = relay.address.replace('127.0.0.1', 'vault.test')
        const kept = await keep(test, { ttl: '1h' }, { address, lookup })
        await kept.until('started')
        await relay.close()
        kept.renewNow()
        // The first may still go over the connection that has just been closed.
        await kept.until('renewal-failed', { count: 2 })
        isKnown = false
        kept.renewNow()
        await kept.until('renewal-failed', { count: 3 })
        await relay.reopen()
        isKnown = true
        kept.renewNow()
        await kept.until('renewed')
        const [, refused, unknown] = kept.all('renewal-failed')
        expect(refused).toMatchObject({ failures: 2, error: { code: 'connection-refused' } })
        expect(unknown).toMatchObject({ failures: 3, loud: true, error: { code: 'unknown-host' } })
      })

      it('waits for one that does not speak TLS where it should', async (test) => {
        const kept = await keep(test, { ttl: '1h' }, { address: server.address.replace('http://', 'https://') })
        expect(await kept.until('waiting')).toMatchObject({ loud: true, error: { code: 'tls-failed', exitCode: 5 } })
      })

      it(
        'goes on while it is sealed, says so once, and waits for it at the start',
        { timeout: longest },
        async (test) => {
          const own = await ownServer(test)
          const kept = await KeptToken.start(test, own, { ttl: '20s' })
          await kept.until('started')
          await own.seal()
          kept.renewNow()
          await kept.until('renewal-failed', { count: 2 })
          const late = await KeptToken.start(test, own, kept.token)
          await late.until('waiting')
          await own.unseal()
          const { lease } = await kept.until('renewed')
          expect(lease.seconds).toBe(20)
          expect(
            kept
              .all('renewal-failed')
              .map(({ loud }) => loud)
              .filter(Boolean),
          ).toHaveLength(1)
          expect(kept.all('renewal-failed')[0]).toMatchObject({ error: { code: 'sealed', exitCode: 5 } })
          await late.until('started')
          expect(late.all('waiting')[0]).toMatchObject({ loud: true, error: { code: 'sealed' } })
        },
      )

      it(
        'takes a reply that renewed nothing, or makes no sense, for a failure like any other',
        { timeout: longest },
        async (test) => {
          const relay = await relayTo(test)
          const spoiled = [
            faults.noContent(),
            faults.reply(200, { 'Content-Type': 'application/json' }, '{}'),
            faults.html(200, 'Welcome'),
            faults.garbage(),
            faults.cut(),
            faults.throttled(),
            faults.status(412),
            faults.status(500, 'internal error'),
            faults.html(502),
          ]
          const kept = await keep(test, { ttl: '1h' }, { address: relay.address })
          await kept.until('started')
          relay.faults.next(...spoiled)
          for (const [index] of spoiled.entries()) {
            kept.renewNow()
            await kept.until('renewal-failed', { count: index + 1 })
          }
          kept.renewNow()
          await kept.until('renewed')
          const failures = kept.all('renewal-failed')
          expect(failures.map(({ error }) => error.exitCode)).toEqual([6, 6, 6, 6, 5, 5, 5, 5, 5])
          // Bytes that are no JSON are the same cause as a page that is none.
          expect(failures.map(({ loud }) => loud)).toEqual(spoiled.map((_, index) => index !== 3))
          expect(failures[0]?.error.hint).toContain('nothing was renewed')
          expect(kept.end).toBeUndefined()
        },
      )

      it(
        'gives one attempt half of what is left, and tries again before the end',
        { timeout: longest },
        async (test) => {
          const relay = await relayTo(test)
          relay.faults.on('auth/token/renew-self', faults.silence(), 1)
          const kept = await keep(test, { ttl: '14s' }, { address: relay.address })
          const failed = await kept.until('renewal-failed')
          expect(failed.error.code).toBe('timeout')
          expect(kept.secondsAt(failed) - kept.secondsAt(kept.renewals[0]!)).toBeLessThan(4)
          const renewed = await kept.until('renewed')
          expect(kept.secondsAt(renewed)).toBeLessThan(14)
        },
      )

      it(
        'does not give up a token whose renewal may have worked before that grant would end',
        { timeout: longest },
        async (test) => {
          const relay = await relayTo(test)
          const kept = await keep(test, { ttl: '9s' }, { address: relay.address })
          const first = await kept.until('renewed')
          relay.faults.next(faults.answerLost())
          await kept.until('renewal-failed')
          relay.faults.on('auth/token/renew-self', faults.status(500, 'away'))
          // The end that is certain has passed, the one that the lost answer promised has not.
          await wait(first.expiresAt.getTime() + 700 - Date.now())
          expect(kept.end).toBeUndefined()
          relay.faults.clear()
          await kept.until('renewed', { count: 2 })
          expect(await kept.isAlive()).toBe(true)
        },
      )

      it('ends when the last grant does, after an attempt in the last moments', { timeout: longest }, async (test) => {
        const relay = await relayTo(test)
        const kept = await keep(test, { ttl: '9s' }, { address: relay.address })
        const { expiresAt } = await kept.until('renewed')
        relay.faults.on('auth/token/renew-self', faults.reset())
        relay.faults.on('auth/token/lookup-self', faults.reset())
        expect(await kept.untilEnd()).toMatchObject({ reason: 'expired' })
        expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime() - 50)
        expect(kept.all('renewal-failed').length).toBeGreaterThan(2)
      })

      it('ends when what is there is no Vault', async (test) => {
        const relay = await relayTo(test)
        const kept = await keep(test, { ttl: '1h' }, { address: `${relay.address}/elsewhere` })
        expect(await kept.untilEnd()).toMatchObject({ reason: 'failed', error: { exitCode: 6, code: 'not-vault' } })
      })
    })

    it('sleeps through a lease whose half no timer of Node can hold', { timeout: longest }, async (test) => {
      const own = await ownServer(test)
      await own.tuneMaxTokenTtl('2400h')
      const kept = await KeptToken.start(test, own, { ttl: '2400h' })
      const { nextRenewalAt } = await kept.until('started')
      expect(secondsUntil(nextRenewalAt)).toBeGreaterThan(1199 * 3600)
      await wait(3000)
      expect(kept.asked).toEqual(['lookup-self'])
      expect(kept.end).toBeUndefined()
    })
  })
}

function secondsUntil(time: Date | null): number {
  return ((time?.getTime() ?? Number.NaN) - Date.now()) / 1000
}
