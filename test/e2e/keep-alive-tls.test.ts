import { describe, expect } from 'vitest'
import { parseSeries } from '../support/keep-alive-run.ts'
import { TestCa } from '../support/test-ca.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { containing } from './support/matchers.ts'
import { test } from './support/scene.ts'

const renewals = (result: string): string => `certctl_vault_token_renewals_total{result="${result}"}`

describe.concurrent('keep-alive of a token behind TLS', () => {
  test('names what is wrong with a certificate that is replaced, counts it, and goes on when it is mended', async ({
    scene,
  }) => {
    const ca = await TestCa.create()
    const good = await ca.server()
    const vault = await scene.startVault({ listen: { kind: 'https', tls: good } })
    const { token } = await vault.createToken({ ttl: '1h' })
    await scene.write('ca.pem', ca.cert)
    const args = ['--address', vault.address, '--ca-cert', 'ca.pem', '--metrics-listen', '127.0.0.1:0']
    const keepAlive = await KeepAlive.started(scene, args, { env: { VAULT_TOKEN: token } })
    const { listen } = await keepAlive.waitFor('metrics are served')
    const counted = async (result: string): Promise<number> =>
      parseSeries(await (await fetch(`http://${String(listen)}/metrics`)).text())[renewals(result)]!
    const errors = () => keepAlive.log.filter(({ level, message }) => level === 'error' && message === messages.failed)
    const anyFailure = async (): Promise<boolean> => (await counted('failure')) > 0

    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)

    vault.presentCertificate(await (await TestCa.create('Another CA')).server())
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.waitFor(messages.failed)).toMatchObject({
      level: 'error',
      code: 'tls-untrusted',
      cause: containing('from an unknown issuer'),
      hint: containing('--ca-cert'),
      failures: 1,
    })
    await until(anyFailure)

    vault.presentCertificate(await ca.expiredServer())
    expect(await keepAlive.waitFor(messages.failed, { after: 1 })).toMatchObject({
      level: 'error',
      code: 'tls-expired',
      cause: containing('has expired'),
    })

    vault.presentCertificate(await ca.wrongNameServer())
    expect(await keepAlive.waitFor(messages.failed, { after: 2 })).toMatchObject({ code: 'tls-name-mismatch' })

    vault.presentCertificate(good)
    await keepAlive.waitFor(messages.renewed, { after: 1, patience: 30_000 })
    expect(errors().map(({ code }) => code)).toEqual(['tls-untrusted', 'tls-expired', 'tls-name-mismatch'])
    expect(await counted('success')).toBe(2)
    expect(await counted('failure')).toBe(errors().at(-1)!.failures)
    expect((await fetch(`http://${String(listen)}/readyz`)).status).toBe(200)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })
})
