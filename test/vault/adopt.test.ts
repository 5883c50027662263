import { execFile } from 'node:child_process'
import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OtherTools } from '../support/other-tools.ts'
import { snapshot } from '../e2e/support/snapshot.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { OperatorHost } from './program.ts'

const name = 'web.contract.test'

describe.concurrent('what another tool made, on a real Vault', () => {
  let server: RealVault
  let tools: OtherTools

  beforeAll(async () => {
    server = await startRealVault()
    tools = await OtherTools.create()
  })

  afterAll(() => server.stop())

  it('is taken over, renewed at its paths, and known', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_MOUNT: 'pki_int' } })
    const home = join(operator.host.workDir, 'letsencrypt')
    const live = await tools.certbot(home, name, await tools.certificate({ names: [name, `www.${name}`] }))
    const before = await snapshot(home, { times: true })
    const adopted = await operator.run(['adopt', live, '--role', 'all-ec', '--ttl', '48h', '--json'])
    expect(adopted).toMatchObject({ code: 0 })
    expect(adopted.json()).toMatchObject({ results: [{ action: 'adopted', name }] })
    expect(await snapshot(home, { times: true })).toEqual(before)
    expect((await operator.run(['renew', '--all', '--json'])).json()).toMatchObject({ summary: { notDue: 1 } })

    const renewed = await operator.run(['renew', live, '--force', '--json'])
    expect(renewed).toMatchObject({ code: 0 })
    expect(renewed.json()).toMatchObject({
      results: [{ action: 'renewed', certificate: { issuer: 'CN=contract intermediate', keyType: 'ec256' } }],
    })
    expect((await lstat(join(live, 'fullchain.pem'))).isFile()).toBe(true)
    const { results } = renewed.json() as { results: { files: { ca: string } }[] }
    const args = ['verify', '-x509_strict', '-verify_hostname', `www.${name}`, '-untrusted', 'chain.pem']
    const verified = promisify(execFile)('openssl', [...args, '-CAfile', results[0]!.files.ca, 'cert.pem'], {
      cwd: live,
    })
    expect((await verified).stdout).toBe('cert.pem: OK\n')
    const status = await operator.run(['status', live, '--json'])
    expect(status.json()).toMatchObject({ certificates: [{ name, state: 'ok', issuer: { kind: 'vault' } }] })
    const revoked = await operator.run(['revoke', live, '--yes', '--json'])
    expect(revoked.json()).toMatchObject({ action: 'revoked' })
  })

  it.for([
    ['does not allow the name', 'ec', ['other.example'], 'names: the role does not allow other.example'],
    ['grants less time', 'short', [name], 'TTL: the role grants at most'],
    ['takes no such key', 'web', [name], 'key: the role takes keys of type rsa'],
  ] as const)('is told of a role that %s', async ([, role, names, words], test) => {
    const operator = await OperatorHost.create(test, server)
    const foreign = await tools.certificate({ names: [...names] })
    const [crt, key] = await tools.step(operator.host.workDir, 'web', foreign)
    const adopted = await operator.run(['adopt', crt, key, '--role', role, '--json'])
    expect(adopted).toMatchObject({ code: 0 })
    const { warnings } = adopted.json() as { warnings: readonly string[] }
    expect(warnings.join('\n')).toContain(`not proven that renewals will work: ${words}`)
    expect(await readFile(key, 'utf8')).toBe(foreign.key.traditionalPem.reveal())
  })

  it('is told of a role that the token may not read, which proves nothing', async (test) => {
    const operator = await OperatorHost.create(test, server, { token: { policies: ['default'] } })
    const [crt] = await tools.step(operator.host.workDir, 'web', await tools.certificate({ names: [name] }))
    const adopted = await operator.run(['adopt', crt, '--role', 'any', '--json'])
    expect(adopted).toMatchObject({ code: 0 })
    const { warnings } = adopted.json() as { warnings: readonly string[] }
    expect(warnings.filter((text) => text.startsWith('not proven that renewals will work: '))).toHaveLength(2)
  })
})
