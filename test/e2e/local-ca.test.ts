import { X509Certificate } from 'node:crypto'
import { lstat, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { openssl } from '../support/openssl.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }

function days(from: string, to: string): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 86_400_000
}

async function modes(scene: Scene): Promise<Record<string, string>> {
  const directory = join(scene.host.stateDir, 'local-ca')
  const paths = [directory, ...(await readdir(directory)).map((name) => join(directory, name))]
  const entries = await Promise.all(
    paths.map(async (path) => [
      path.slice(directory.length + 1) || '.',
      ((await lstat(path)).mode & 0o777).toString(8),
    ]),
  )
  return Object.fromEntries(entries) as Record<string, string>
}

describe.concurrent('the embedded CA', () => {
  test('is made at the first issue, private, for ten years, its leaves for ninety days', async ({ scene }) => {
    const run = await scene.run(['issue', 'localhost', '--json'], local)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.json()).toMatchObject({ issuer: { kind: 'local', name: 'local' } })
    expect(await modes(scene)).toEqual({ '.': '700', 'ca-key.pem': '600', 'ca.pem': '644', 'crl.pem': '644' })
    const [leaf, ca] = await Promise.all(
      ['cert.pem', 'ca.pem'].map(async (name) => new X509Certificate(await readFile(scene.path('localhost', name)))),
    )
    expect(days(leaf!.validFrom, leaf!.validTo)).toBeCloseTo(90, 1)
    expect(days(ca!.validFrom, ca!.validTo)).toBeCloseTo(3650, 1)
    expect(scene.vault.requests).toEqual([])
  })

  test('satisfies openssl', async ({ scene }) => {
    await scene.run(['issue', 'localhost', '--san', '127.0.0.1', '--out', 'web'], local)
    const { stdout: ca } = await scene.run(['local', 'ca'], local)
    const leaf = await readFile(scene.path('web/cert.pem'), 'utf8')
    const args = ['verify', '-x509_strict', '-verify_ip', '127.0.0.1', '-CAfile', 'ca.pem', 'leaf.pem']
    expect(openssl(args, { 'ca.pem': ca, 'leaf.pem': leaf })).toBe('leaf.pem: OK\n')
  })

  test('renews what it issued', async ({ scene }) => {
    await scene.run(['issue', 'localhost'], local)
    const run = await scene.run(['renew', '--all', '--force', '--json'])
    expect(run.json()).toMatchObject({ summary: { renewed: 1 } })
    expect(scene.vault.requests).toEqual([])
  })

  test('never issues beyond its own end, and says so', async ({ scene }) => {
    await scene.run(['local', 'init', '--validity', '30d'])
    const run = await scene.run(['issue', 'localhost', '--ttl', '60d', '--json'], local)
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: the certificate ends with its CA/)
  })
})

describe.concurrent('local init', () => {
  test('makes the CA as asked', async ({ scene }) => {
    const args = ['local', 'init', '--name', 'Staging CA', '--key-type', 'ec384', '--validity', '730d', '--json']
    const run = await scene.run(args)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const { certificate } = run.json() as { certificate: Record<string, string> }
    expect(certificate).toMatchObject({ subject: 'CN=Staging CA', keyType: 'ec384' })
    expect(days(certificate.notBefore!, certificate.notAfter!)).toBeCloseTo(730, 1)
  })

  test('a second time is 7, and the CA stays', async ({ scene }) => {
    await scene.run(['local', 'init'])
    const { stdout } = await scene.run(['local', 'ca'])
    const error = await refusal(scene, ['local', 'init'])
    expect(error).toMatchObject({ exitCode: 7, code: 'authority-exists' })
    expect(error.hint).toContain('--force')
    expect((await scene.run(['local', 'ca'])).stdout).toBe(stdout)
  })

  test('--force keeps the old CA beside the new one', async ({ scene }) => {
    await scene.run(['local', 'init'])
    const key = await readFile(join(scene.host.stateDir, 'local-ca/ca-key.pem'), 'utf8')
    const run = await scene.run(['local', 'init', '--force', '--json'])
    const { replaced } = run.json() as { replaced: string }
    expect(run.code).toBe(0)
    expect(await readFile(join(replaced, 'ca-key.pem'), 'utf8')).toBe(key)
    expect(await readFile(join(scene.host.stateDir, 'local-ca/ca-key.pem'), 'utf8')).not.toBe(key)
  })

  test('takes over a CA that exists', async ({ scene }) => {
    await scene.run(['local', 'init', '--name', 'Old CA'])
    const { stdout } = await scene.run(['local', 'ca'])
    const cert = await scene.write('ca.pem', stdout)
    const key = await scene.write('ca.key', await readFile(join(scene.host.stateDir, 'local-ca/ca-key.pem'), 'utf8'))
    const env = { CERTCTL_STATE_DIR: scene.path('other') }
    expect(await scene.run(['local', 'init', '--cert', cert, '--key', key], { env })).toMatchObject({ code: 0 })
    expect((await scene.run(['local', 'ca'], { env })).stdout).toBe(stdout)
  })

  test('of many at once makes one', async ({ scene }) => {
    const runs = await Promise.all([1, 2, 3].map(() => scene.run(['local', 'init'])))
    expect(runs.map(({ code }) => code).toSorted()).toEqual([0, 7, 7])
    expect(await readdir(scene.host.stateDir)).toEqual(['local-ca'])
  })
})

describe.concurrent('local ca', () => {
  test('prints the certificate and nothing else', async ({ scene }) => {
    await scene.run(['local', 'init', '--name', 'Staging CA'])
    const run = await scene.run(['local', 'ca'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^-----BEGIN CERTIFICATE-----\n[^]*-----END CERTIFICATE-----\n$/)
    expect(new X509Certificate(run.stdout).subject).toBe('CN=Staging CA')
  })

  test('without a CA is 3', async ({ scene }) => {
    const error = await refusal(scene, ['local', 'ca'])
    expect(error).toMatchObject({ exitCode: 3 })
    expect(error.hint).toContain('certctl local init')
  })

  test.for([
    ['--validity', '0'],
    ['--name', ''],
    ['--name', 'My\nCA'],
    ['--name', 'x'.repeat(65)],
  ] as const)('is not made by %j', async (args, { scene }) => {
    expect(await refusal(scene, ['local', 'init', ...args])).toMatchObject({ exitCode: 2 })
    expect(await refusal(scene, ['local', 'ca'])).toMatchObject({ exitCode: 3 })
  })
})
