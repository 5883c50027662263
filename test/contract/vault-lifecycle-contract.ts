import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { silence } from '../support/faults.ts'
import { Relay } from '../support/relay.ts'
import { freePort } from '../support/free-port.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'
import { type SubjectOptions, VaultSubject } from '../support/vault-subject.ts'
import { type LifecycleSubject, lifecycleContract } from './lifecycle-contract.ts'

const lookup = 'auth/token/lookup-self'
const renew = 'auth/token/renew-self'

/** The Lifecycle contract for a connector whose server is a Vault, and what it does with new credentials. */
export function describeVaultLifecycle(on: string, start: () => Promise<VaultServer>): void {
  describe(`on ${on}`, () => {
    let server: VaultServer

    beforeAll(async () => {
      server = await start()
    })

    afterAll(() => server.stop())

    async function make(token: TokenOptions, options: Partial<SubjectOptions> = {}): Promise<LifecycleSubject> {
      const created = await server.createToken(token)
      const subject = new VaultSubject({ address: server.address, token: created.token, ...options })
      return {
        lifecycle: subject.connector,
        begun: () => subject.http.sentTo(lookup).length,
        dispose: () => Promise.resolve(subject.http.close()),
      }
    }

    async function behindSilence(path: string, token: TokenOptions): Promise<LifecycleSubject> {
      const relay = await Relay.start(server.address)
      relay.faults.on(path, silence())
      const subject = await make(token, { address: relay.address })
      return { ...subject, dispose: () => Promise.all([subject.dispose?.(), relay.stop()]).then(() => undefined) }
    }

    lifecycleContract('a connector between renewals', () => make({ ttl: '1h' }))
    lifecycleContract('a connector that renews at once', () => make({ ttl: '8s' }))
    lifecycleContract('a connector in the middle of a look-up', () => behindSilence(lookup, { ttl: '1h' }))
    lifecycleContract('a connector in the middle of a renewal', () => behindSilence(renew, { ttl: '8s' }))
    lifecycleContract('a connector in the middle of a name look-up that never ends', () =>
      make({ ttl: '1h' }, { address: 'http://vault.contract.test:8200', lookup: () => undefined }),
    )
    lifecycleContract('a connector whose server takes the connection and says nothing', async () => {
      const silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1')
      await new Promise((resolve) => silent.once('listening', resolve))
      const port = (silent.address() as { port: number }).port
      const subject = await make({ ttl: '1h' }, { address: `http://127.0.0.1:${port}` })
      const dispose = async () => {
        await subject.dispose?.()
        await new Promise((resolve) => silent.close(resolve))
      }
      return { ...subject, dispose }
    })
    lifecycleContract('a connector that waits for its server', async () =>
      make({ ttl: '1h' }, { address: `http://127.0.0.1:${await freePort()}` }),
    )

    describe('a connector with new credentials', () => {
      async function started(tokenAtReload: (old: string) => Promise<string> | string) {
        const { token } = await server.createToken({ ttl: '1h' })
        const next = await tokenAtReload(token)
        const subject = new VaultSubject({ address: server.address, token, tokenAtReload: next })
        onTestFinished(async () => {
          await subject.connector.stop()
          subject.http.close()
        })
        await subject.connector.start()
        await expect.poll(() => subject.told.map(({ kind }) => kind)).toEqual(['started'])
        return { subject, next }
      }

      async function lastRenewal(token: string): Promise<unknown> {
        const reply = await server.request('GET', lookup, undefined, token)
        return reply.json?.data?.last_renewal_time
      }

      it('looks up the new token, and renews that one at once', async () => {
        const made = () => server.createToken({ ttl: '2h' }).then(({ token }) => token)
        const { subject, next } = await started(made)
        const { connector, http, told } = subject
        await connector.reload()
        await expect.poll(() => told.map(({ kind }) => kind)).toEqual(['started', 'token-replaced', 'renewed'])
        expect(http.sent.map(({ path }) => path)).toEqual([lookup, lookup, renew])
        expect(await lastRenewal(next)).toBeTypeOf('number')
      })

      it('refuses one that is dead, and goes on with the one it has', async () => {
        const { subject } = await started(() => 'hvs.dead')
        const { connector, told } = subject
        await expect(connector.reload()).rejects.toMatchObject({ exitCode: 4 })
        connector.renewNow()
        await expect.poll(() => told.map(({ kind }) => kind)).toEqual(['started', 'renewed'])
      })

      it('renews at once, without a look-up, when they are the same', async () => {
        const { subject, next } = await started((old) => old)
        const { connector, http, told } = subject
        await connector.reload()
        await expect.poll(() => told.map(({ kind }) => kind)).toEqual(['started', 'renewed'])
        expect(http.sent.map(({ path }) => path)).toEqual([lookup, renew])
        expect(await lastRenewal(next)).toBeTypeOf('number')
      })

      it('renews no more than once a second however often it is told', async () => {
        const { subject } = await started((old) => old)
        const { connector, told } = subject
        for (let count = 0; count < 20; count += 1) {
          connector.renewNow()
          await wait(50)
        }
        expect(told.filter(({ kind }) => kind === 'renewed').length).toBeLessThanOrEqual(2)
      })
    })
  })
}
