import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PersistentVault, startUninitialized, stopUninitialized } from '../support/persistent-vault.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { makeTestHost, runCertctl } from '../support/run-certctl.ts'
import { TestCa } from '../support/test-ca.ts'
import { relayTo } from './keep-alive.ts'
import { OperatorHost } from './program.ts'

const status = ['vault', 'token-status', '--json', '--max-retries', '0']

describe.concurrent('the way to a real Vault', () => {
  describe('with TLS', () => {
    let server: RealVault

    beforeAll(async () => {
      server = await startRealVault({ tls: true })
    })

    afterAll(() => server.stop())

    it.for([
      ['a flag', (ca: string) => ({ args: ['--ca-cert', ca], env: {} })],
      ['a variable of Vault', (ca: string) => ({ args: [], env: { VAULT_CACERT: ca } })],
    ] as const)('trusts the CA that %s names', async ([, settings], test) => {
      const { args, env } = settings(server.caFile)
      const operator = await OperatorHost.create(test, server, { env })
      expect(await operator.run([...status, ...args])).toMatchObject({ code: 0 })
      const issued = await operator.run(['issue', 'web.contract.test', '--role', 'all-ec', ...args])
      expect(issued).toMatchObject({ code: 0 })
    })

    it.for([
      ['no CA is named', () => Promise.resolve(undefined), 'tls-untrusted'],
      ['another CA is named', async () => (await TestCa.create()).cert, 'tls-untrusted'],
    ] as const)('is refused when %s', async ([, ca, code], test) => {
      const operator = await OperatorHost.create(test, server)
      const pem = await ca()
      const file = join(operator.host.home, 'ca.pem')
      if (pem !== undefined) await writeFile(file, pem)
      const run = await operator.run([...status, ...(pem === undefined ? [] : ['--ca-cert', file])])
      expect(run).toMatchObject({ code: 5 })
      expect(run.json()).toMatchObject({
        error: { code, exitCode: 5, hint: expect.stringContaining('--ca-cert') as string },
      })
    })

    it('is refused for another name than the one of the certificate', async (test) => {
      const operator = await OperatorHost.create(test, server, { env: { VAULT_CACERT: server.caFile } })
      const run = await operator.run([...status, '--tls-server-name', 'elsewhere.test'])
      expect(run).toMatchObject({ code: 5 })
      expect(run.json()).toMatchObject({ error: { code: 'tls-name-mismatch' } })
    })

    it('is warned of each time when nothing is verified', async (test) => {
      const operator = await OperatorHost.create(test, server, { env: { VAULT_SKIP_VERIFY: 'true' } })
      const run = await operator.run(status)
      expect(run).toMatchObject({ code: 0 })
      expect(run.json().warnings).toEqual([expect.stringContaining('is not verified')])
    })

    it('says which scheme to write when http is spoken to it', async (test) => {
      const operator = await OperatorHost.create(test, server, { address: server.address.replace('https:', 'http:') })
      const run = await operator.run(status)
      expect(run.code).toBeOneOf([5, 6])
      expect(run.json()).toMatchObject({ error: { hint: expect.stringContaining('https://') as string } })
    })
  })

  describe('without TLS', () => {
    let server: RealVault

    beforeAll(async () => {
      server = await startRealVault()
    })

    afterAll(() => server.stop())

    it('is no secure connection for https', async (test) => {
      const operator = await OperatorHost.create(test, server, { address: server.address.replace('http:', 'https:') })
      const run = await operator.run(status)
      expect(run).toMatchObject({ code: 5 })
      expect(run.json()).toMatchObject({ error: { exitCode: 5, hint: expect.stringContaining('http') as string } })
    })

    it('may lead through a proxy that keeps Vault below a path, and is recorded so', async (test) => {
      const relay = await relayTo(test, server, { prefix: '/one/vault' })
      const operator = await OperatorHost.create(test, server, { address: `${relay.address}/` })
      const issued = await operator.run(['issue', 'web.contract.test', '--role', 'all-ec', '--json'])
      expect(issued).toMatchObject({ code: 0 })
      expect(await operator.run(['renew', 'web.contract.test', '--force'])).toMatchObject({ code: 0 })
      const run = await operator.run(status)
      expect(run.json()).toMatchObject({ server: { address: relay.address, version: '1.21.0' } })
    })

    it('ends at once where the path is wrong: that is no Vault', async (test) => {
      const relay = await relayTo(test, server, { prefix: '/one/vault' })
      const wrong = {
        'not-vault': relay.address.replace('/one/', '/two/'),
        'unreadable-reply': `${server.address}/two`,
      }
      for (const [code, address] of Object.entries(wrong)) {
        const operator = await OperatorHost.create(test, server, { address })
        const run = await operator.run(['vault', 'keep-alive', '--once', '--json'])
        expect(run).toMatchObject({ code: 6 })
        expect(run.json()).toMatchObject({
          error: { code, exitCode: 6, hint: expect.stringContaining('--address') as string },
        })
      }
    })

    it('takes a namespace, also where the server is asked for its health', async (test) => {
      const operator = await OperatorHost.create(test, server, { env: { VAULT_NAMESPACE: 'team/one' } })
      const run = await operator.run(status)
      expect(run).toMatchObject({ code: 0 })
      expect(run.json()).toMatchObject({ server: { version: '1.21.0' } })
    })

    it('finds the token where the vault CLI keeps it', async (test) => {
      const { token } = await server.createToken({ ttl: '1h' })
      const host = await makeTestHost()
      test.onTestFinished(() => host.remove())
      await writeFile(join(host.home, '.vault-token'), `${token}\n`, { mode: 0o600 })
      const run = await runCertctl(status, { host, env: { VAULT_ADDR: server.address } })
      expect(run).toMatchObject({ code: 0 })
      const helper = join(host.home, 'bin')
      await mkdir(helper)
      await writeFile(join(helper, 'helper'), `#!/bin/sh\n[ "$1" = get ] && printf %s 'hvs.CAESIJ-nobody'\n`, {
        mode: 0o700,
      })
      await writeFile(join(host.home, '.vault'), `token_helper = "${join(helper, 'helper')}"\n`)
      expect(await runCertctl(status, { host, env: { VAULT_ADDR: server.address } })).toMatchObject({ code: 4 })
    })
  })

  it('may be a socket of this host', async (test) => {
    const server = await PersistentVault.start({ listen: 'unix' })
    test.onTestFinished(() => server.stop())
    expect(server.address).toMatch(/^unix:\/\/\//)
    const operator = await OperatorHost.create(test, server)
    const run = await operator.run(status)
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({ server: { address: server.address, version: '1.21.0' }, warnings: [] })
    expect(await operator.run(['vault', 'keep-alive', '--once'])).toMatchObject({ code: 0 })
  })

  it('ends at a server that is sealed, or that nobody has initialised', async (test) => {
    const blank = await startUninitialized()
    const host = await makeTestHost()
    test.onTestFinished(() => Promise.all([stopUninitialized(blank), host.remove()]).then(() => undefined))
    const env = { VAULT_ADDR: blank.address, VAULT_TOKEN: 'hvs.CAESIJ-nobody' }
    const uninitialized = await runCertctl(status, { host, env })
    expect(uninitialized).toMatchObject({ code: 5 })
    expect(uninitialized.json()).toMatchObject({ error: { hint: expect.stringContaining('initialized') as string } })

    const server = await PersistentVault.initialize(blank)
    const operator = await OperatorHost.create(test, server)
    await server.seal()
    for (const args of [status, ['issue', 'web.contract.test', '--role', 'any', '--json', '--max-retries', '0']]) {
      const sealed = await operator.run(args)
      expect(sealed).toMatchObject({ code: 5 })
      expect(sealed.json()).toMatchObject({
        error: { code: 'sealed', hint: expect.stringContaining('unseal') as string },
      })
    }
  })
})
