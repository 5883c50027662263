import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { generatePrivateKey } from '../../src/pki/private-key.ts'
import { createCsr } from '../../src/pki/create-csr.ts'
import { parseSan } from '../../src/pki/names.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { OperatorHost, opensslVerifies } from './program.ts'
import { requestsIn, revokedAt } from './questions.ts'

const name = 'web.contract.test'

describe.concurrent('the program on a real Vault', () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault()
  })

  afterAll(() => server.stop())

  it('knows what it has revoked: status tells, renew replaces it, and nothing goes back to it', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_MOUNT: 'pki_int' } })
    const directory = join(operator.host.workDir, name)
    expect(await operator.run(['issue', name, '--role', 'all-ec'])).toMatchObject({ code: 0 })
    const { certificates } = (await operator.run(['status', '--json'])).json() as { certificates: { serial: string }[] }
    const serial = certificates[0]?.serial ?? ''
    const revoked = await operator.run(['revoke', serial, '--yes', '--json'])
    expect(revoked.json()).toMatchObject({ action: 'revoked', serial, dirs: [directory], warnings: [] })
    const status = await operator.run(['status', '--json'])
    expect(status.code).toBe(8)
    expect(status.json()).toMatchObject({ certificates: [{ serial, state: 'revoked' }] })
    const renewed = await operator.run(['renew', '--all', '--json'])
    expect(renewed.json()).toMatchObject({ results: [{ action: 'renewed', reason: 'it was revoked' }] })
    expect(await opensslVerifies(directory, name)).toBe('cert.pem: OK\n')
    expect(await operator.run(['status'])).toMatchObject({ code: 0 })
    expect(await operator.run(['renew', directory, '--undo'])).toMatchObject({ code: 7 })
  })

  it('issues a certificate that openssl verifies, and renews it when that is forced or due', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_MOUNT: 'pki_int' } })
    const directory = join(operator.host.workDir, name)
    const issued = await operator.run([
      'issue',
      name,
      '--role',
      'all-ec',
      '--san',
      '192.0.2.7',
      '--ttl',
      '48h',
      '--json',
    ])
    expect(issued).toMatchObject({ code: 0 })
    expect(issued.json()).toMatchObject({
      schema: 1,
      action: 'issued',
      issuer: { kind: 'vault', name: 'vault' },
      certificate: { subject: `CN=${name}`, issuer: 'CN=contract intermediate', keyType: 'ec256' },
      files: { key: join(directory, 'privkey.pem'), ca: join(directory, 'ca.pem') },
      warnings: [],
    })
    expect(await opensslVerifies(directory, name)).toBe('cert.pem: OK\n')
    expect(await readFile(join(directory, 'certctl.json'), 'utf8')).not.toContain(operator.token)
    expect((await stat(join(directory, 'privkey.pem'))).mode & 0o777).toBe(0o600)

    const early = await operator.run(['renew', directory, '--json'])
    expect(early.json()).toMatchObject({ results: [{ action: 'not-due' }], summary: { renewed: 0, notDue: 1 } })
    const renewed = await operator.run(['renew', directory, '--force', '--json'])
    expect(renewed).toMatchObject({ code: 0 })
    const { results } = renewed.json() as { results: { action: string; certificate: { serial: string } }[] }
    const { certificate } = issued.json() as { certificate: { serial: string } }
    expect(results).toMatchObject([
      { action: 'renewed', certificate: { sans: [{ value: name }, { value: '192.0.2.7' }] } },
    ])
    expect(results[0]?.certificate.serial).not.toBe(certificate.serial)
    expect(await opensslVerifies(directory, name)).toBe('cert.pem: OK\n')
  })

  it('makes an RSA key where the role demands one, tells it, and renews with that kind at once', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_ROLE: 'web' } })
    const issued = await operator.run(['issue', name, '--json'])
    expect(issued.json()).toMatchObject({
      certificate: { keyType: 'rsa2048' },
      warnings: ['the key is rsa2048: the issuer takes no ec256'],
    })
    const renewed = await operator.run(['renew', name, '--force', '--json'])
    expect(renewed.json()).toMatchObject({ results: [{ action: 'renewed', certificate: { keyType: 'rsa2048' } }] })
    expect(requestsIn(renewed.stderr)).toEqual(['POST /v1/pki/sign/web'])
  })

  it('pays one use of a token for one certificate', async (test) => {
    const operator = await OperatorHost.create(test, server, { token: { numUses: 1 } })
    const issue = ['issue', name, '--role', 'all-ec', '--json']
    expect(await operator.run(issue)).toMatchObject({ code: 0 })
    const again = await operator.run([...issue, '--force'])
    expect(again).toMatchObject({ code: 4 })
    expect(again.json()).toMatchObject({ error: { code: 'denied', exitCode: 4 } })
  })

  it('signs a CSR from standard input, and gives out the chain for a pipe', async (test) => {
    const operator = await OperatorHost.create(test, server)
    const key = await generatePrivateKey('ed25519')
    const csr = await createCsr({ commonName: name, sans: [parseSan(name)], key })
    const run = await operator.run(['issue', '--csr', '-', '--role', 'any', '--out', '-'], { stdin: csr })
    expect(run).toMatchObject({ code: 0 })
    expect(run.stdout.match(/-----BEGIN [A-Z ]+-----/g)).toEqual(['-----BEGIN CERTIFICATE-----'])
  })

  it('takes a key of the server, and the issuer that it is told to', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_MOUNT: 'pki_int' } })
    const args = ['issue', name, '--role', 'all-ec', '--server-key', '--issuer-ref', 'default', '--json']
    const run = await operator.run(args)
    expect(run).toMatchObject({ code: 0 })
    expect(requestsIn(run.stderr)).toEqual(['POST /v1/pki_int/issuer/default/issue/all-ec'])
    expect(await readFile(join(operator.host.workDir, name, 'privkey.pem'), 'utf8')).toContain('PRIVATE KEY')
    expect(await opensslVerifies(join(operator.host.workDir, name), name)).toBe('cert.pem: OK\n')
  })

  it.for([
    ['an unknown role', ['--role', 'nope'], 4, 'unknown role: nope'],
    ['an unknown mount', ['--role', 'any', '--mount', 'nopki'], 4, 'the token may not use nopki/sign/any'],
    ['a name that is not allowed', ['--role', 'ec', '--san', 'evil.example'], 4, 'not allowed by this role'],
    ['a time beyond the end of the CA', ['--role', 'any', '--ttl', '8750h'], 4, 'beyond the expiration of the CA'],
    ['a mount without an issuer', ['--role', 'any', '--mount', 'pki_none'], 4, 'no default issuer'],
    ['a key that the server will not make', ['--role', 'any', '--server-key'], 4, 'role key type "any" not allowed'],
    ['no role', [], 3, 'role is required'],
  ] as const)('refuses %s, with a hint, and leaves no file', async ([, args, code, words], test) => {
    const operator = await OperatorHost.create(test, server)
    const run = await operator.run(['issue', name, '--out', 'there', '--json', ...args])
    expect(run).toMatchObject({ code })
    const { error } = run.json() as { error: { message: string; hint: string; exitCode: number } }
    expect(error.message).toContain(words)
    expect(error.hint).toMatch(/\S/)
    expect(error.exitCode).toBe(code)
    await expect(stat(join(operator.host.workDir, 'there'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('warns when the server gives less time than was asked for, once in each way', async (test) => {
    const operator = await OperatorHost.create(test, server)
    const run = await operator.run(['issue', name, '--role', 'short', '--ttl', '2h', '--json'])
    expect(run).toMatchObject({ code: 0 })
    const { warnings } = run.json() as { warnings: readonly string[] }
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('maxTTL is being used')
    expect(warnings[1]).toContain('not for 2h as asked for')
  })

  it.for([
    ['an ordinary one', {}, 'renewable', { type: 'service', usesLeft: null, periodSeconds: null }],
    ['a batch token', { type: 'batch' }, 'not-renewable', { type: 'batch', accessor: null }],
    ['one that was made so', { renewable: false }, 'not-renewable', { renewable: false }],
    ['a periodic one', { period: '1h' }, 'renewable', { periodSeconds: 3600 }],
    ['one with few uses', { numUses: 5 }, 'renewable', { usesLeft: 4 }],
    ['an orphan', { orphan: true }, 'renewable', { orphan: true }],
    ['one near its maximum', { explicitMaxTtl: '1h' }, 'capped', { explicitMaxTtlSeconds: 3600 }],
  ] as const)('says what a token may still do: %s', async ([, token, verdict, facts], test) => {
    const operator = await OperatorHost.create(test, server, { token })
    const run = await operator.run(['vault', 'token-status', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      schema: 1,
      token: { creationTtlSeconds: 3600, displayName: 'token', ...facts },
      renewal: { verdict },
      server: { address: server.address, version: '1.21.0' },
      warnings: [],
    })
    expect(await operator.run(['vault', 'token-status', '--min-ttl', '2h'])).toMatchObject({ code: 8 })
  })

  it('says that the root token never expires, which is time enough', async (test) => {
    const operator = await OperatorHost.create(test, server, { token: server.rootToken })
    const run = await operator.run(['vault', 'token-status', '--min-ttl', '9000h', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      token: { expiresAt: null, ttlSeconds: 0 },
      renewal: { verdict: 'never-expires' },
    })
  })

  it.for([
    ['a token that can be renewed', { ttl: '1h' }, 0, { action: 'renewed', renewal: { verdict: 'renewable' } }],
    ['root', undefined, 0, { action: 'nothing-to-renew', renewal: { verdict: 'never-expires' } }],
    ['a batch token', { type: 'batch' }, 4, { error: { code: 'not-renewable', exitCode: 4 } }],
    ['one with too few uses', { numUses: 1 }, 4, { error: { exitCode: 4 } }],
  ] as const)('renews once: %s', async ([, token, code, document], test) => {
    const operator = await OperatorHost.create(test, server, { token: token ?? server.rootToken })
    const run = await operator.run(['vault', 'keep-alive', '--once', '--json'])
    expect(run).toMatchObject({ code })
    expect(run.json()).toMatchObject({ schema: 1, ...document })
  })

  it('revokes what it issued, by its directory, once and again', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_MOUNT: 'pki_int' } })
    await operator.run(['issue', name, '--role', 'all-no-store'])
    const first = await operator.run(['revoke', name, '--yes', '--json'], { env: { CERTCTL_VAULT_MOUNT: 'pki' } })
    expect(first).toMatchObject({ code: 0 })
    expect(first.json()).toMatchObject({ action: 'revoked', issuer: { kind: 'vault' } })
    const second = await operator.run(['revoke', name, '--yes', '--json'])
    expect(second.json()).toMatchObject({ action: 'revoked', revokedAt: first.json().revokedAt })
    expect(await revokedAt(server, 'pki_int', first.json().serial as string)).toBeGreaterThan(0)
  })

  it('warns of leased certificates, which do end with the token', async (test) => {
    const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_ROLE: 'lease' } })
    const checked = await operator.run(['check', name, '--json'])
    expect(checked).toMatchObject({ code: 0 })
    const { findings } = checked.json() as { findings: { subject: string; verdict: string }[] }
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'lease', verdict: 'unknown' }))
    const issued = await operator.run(['issue', name, '--json'])
    expect(issued.json()).toMatchObject({ warnings: [expect.stringContaining('generate_lease')] })
    const { certificate } = issued.json() as { certificate: { serial: string } }
    expect(await revokedAt(server, 'pki', certificate.serial)).toBe(0)
    await server.revokeToken(operator.token)
    await vi.waitFor(async () => expect(await revokedAt(server, 'pki', certificate.serial)).toBeGreaterThan(0), 10_000)
  })

  it('checks what an issue needs, and says no where it would be refused', async (test) => {
    const operator = await OperatorHost.create(test, server, { token: { policies: ['default'] } })
    const run = await operator.run(['check', name, '--role', 'all-ec'])
    expect(run).toMatchObject({ code: 8 })
    expect(run.stdout).toMatch(/^bad +pki\/sign\/all-ec +the token may not: deny$/m)
    expect(run.stdout).toMatch(/^unknown +role "all-ec" /m)
    expect(run.stdout).toMatch(/^good +clock /m)
  })
})
