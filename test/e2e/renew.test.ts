import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { status } from '../support/faults.ts'
import { makeCsr } from '../support/test-csr.ts'
import { anyText, like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

interface Result {
  readonly dir: string
  readonly action: string
  readonly reason: string
  readonly certificate?: Record<string, unknown>
  readonly error?: Record<string, unknown>
}

async function issue(scene: Scene, directory: string, ...args: readonly string[]): Promise<void> {
  const run = await scene.run(['issue', 'a.contract.test', '--out', directory, ...args])
  expect(run).toMatchObject({ code: 0, stderr: '' })
  scene.vault.forgetRequests()
}

async function renew(scene: Scene, args: readonly string[], options: Parameters<Scene['run']>[1] = {}) {
  const run = await scene.run(['renew', ...args, '--json'], options)
  const document = run.json() as { schema: number; results: Result[]; summary: Record<string, number> }
  return { ...run, ...document }
}

function live(scene: Scene, directory: string): Promise<string> {
  return readlink(scene.path(directory, '.live'))
}

async function serial(scene: Scene, directory: string): Promise<string> {
  return new X509Certificate(await readFile(scene.path(directory, 'cert.pem'))).serialNumber
}

/** Makes the record say something else. */
async function edit(scene: Scene, directory: string, change: (record: { issuer: object }) => object): Promise<void> {
  const path = scene.path(directory, 'certctl.json')
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as { issuer: object })))
}

describe.concurrent('renew, of a certificate that can not serve', () => {
  test.for([
    ['whose key is gone', 'its private key is gone', (path: string) => rm(path)],
    [
      'whose key is of another',
      'key and certificate differ',
      (path: string) =>
        writeFile(
          path,
          generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
        ),
    ],
  ] as const)('%s replaces it at once and says why', async ([, reason, spoil], { scene }) => {
    await issue(scene, 'web')
    await spoil(scene.path('web/.certctl/versions/1/privkey.pem'))
    const before = await snapshot(scene.host.workDir)
    const planned = await renew(scene, ['--all', '--dry-run'])
    expect(planned).toMatchObject({ code: 0, results: [{ action: 'due', reason }] })
    scene.vault.faults.next(status(400, 'unknown role: any'))
    expect((await renew(scene, ['--all'])).results).toMatchObject([{ action: 'failed' }])
    expect(await snapshot(scene.host.workDir)).toEqual(before)
    const { code, results, stderr } = await renew(scene, ['--all'])
    expect({ code, results }).toMatchObject({ code: 0, results: [{ action: 'renewed', reason }] })
    expect(stderr).toContain(`it was renewed before its time: ${reason}`)
    const certificate = new X509Certificate(await readFile(scene.path('web/cert.pem')))
    expect(certificate.checkPrivateKey(createPrivateKey(await readFile(scene.path('web/privkey.pem'))))).toBe(true)
    expect((await renew(scene, ['--all'])).results).toMatchObject([{ action: 'not-due' }])
  })
})

describe.concurrent('with nothing due', () => {
  test('renew needs no token, asks nobody, writes nothing and changes no time', async ({ scene }) => {
    await issue(scene, 'web')
    const trees = () => Promise.all([scene.path(), scene.host.stateDir].map((path) => snapshot(path, { times: true })))
    const before = await trees()
    const run = await renew(scene, ['web'], { env: { VAULT_TOKEN: undefined, VAULT_ADDR: undefined } })
    expect(run).toMatchObject({ code: 0, stderr: '', summary: { renewed: 0, notDue: 1, failed: 0 } })
    expect(run.results).toEqual([
      expect.objectContaining({
        dir: scene.path('web'),
        action: 'not-due',
        reason: like(/left$/),
        nextRenewalAt: like(/Z$/),
      }),
    ])
    expect(await trees()).toEqual(before)
    expect(scene.vault.requests).toEqual([])
  })

  test('renew --all sums up what it did in a last line, and renew DIR does not', async ({ scene }) => {
    for (const name of ['one', 'two']) await scene.run(['issue', 'a.contract.test', '--out', name])
    expect(await scene.run(['renew', '--all'])).toMatchObject({ code: 0, stdout: like(/^not due[^]+\n2 not due\n$/) })
    await rm(scene.path('two'), { recursive: true })
    const some = await scene.run(['renew', '--all', '--force'])
    expect(some).toMatchObject({ code: 9, stdout: like(/^renewed .*\n1 renewed, 1 failed\n$/) })
    expect(await scene.run(['renew', 'one'])).toMatchObject({ code: 0, stdout: like(/^not due .*\n$/) })
  })

  test('renew --all without any certificate is content', async ({ scene }) => {
    expect(await renew(scene, ['--all'])).toMatchObject({
      code: 0,
      results: [],
      summary: { renewed: 0, notDue: 0, failed: 0 },
    })
  })
})

describe.concurrent('what is due', () => {
  test('is renewed as one unit: new key, same names, TTL, mount and role', async ({ scene }) => {
    await issue(scene, 'web', '--san', 'b.contract.test', '--ttl', '12h', '--mount', 'pki_int', '--role', 'ec')
    const before = await serial(scene, 'web')
    const key = await readFile(scene.path('web/privkey.pem'), 'utf8')
    const env = { CERTCTL_VAULT_ROLE: 'web', CERTCTL_VAULT_MOUNT: 'pki', CERTCTL_VAULT_TTL: '1h' }
    const run = await renew(scene, ['web', '--renew-before', '13h'], { env })
    expect(run).toMatchObject({ code: 0, summary: { renewed: 1, notDue: 0, failed: 0 } })
    expect(run.results[0]).toMatchObject({
      action: 'renewed',
      certificate: { keyType: 'ec256', sans: [{ value: 'a.contract.test' }, { value: 'b.contract.test' }] },
      files: { cert: scene.path('web/cert.pem') },
    })
    expect(scene.vault.requests.map(({ path, json }) => [path, (json as { ttl: string }).ttl])).toEqual([
      ['pki_int/sign/ec', '43200s'],
    ])
    expect(await live(scene, 'web')).toBe('.certctl/versions/2')
    expect(await serial(scene, 'web')).not.toBe(before)
    expect(await readFile(scene.path('web/privkey.pem'), 'utf8')).not.toBe(key)
  })

  test('is judged by --renew-before and --force', async ({ scene }) => {
    await issue(scene, 'web')
    const actions: string[] = []
    for (const flags of [
      '--renew-before 1h',
      '--renew-before 5%',
      '--renew-before 800h',
      '--renew-before 99.999%',
      '--force',
    ]) {
      actions.push((await renew(scene, ['web', ...flags.split(' ')])).results[0]!.action)
    }
    expect(actions).toEqual(['not-due', 'not-due', 'renewed', 'renewed', 'renewed'])
    expect(scene.vault.requests).toHaveLength(3)
  })

  test('is only named by --dry-run', async ({ scene }) => {
    await issue(scene, 'web')
    const before = await snapshot(scene.path('web'), { times: true })
    const run = await renew(scene, ['web', '--force', '--dry-run'])
    expect(run).toMatchObject({ code: 0, results: [{ action: 'due' }], summary: { renewed: 0, failed: 0 } })
    expect(await snapshot(scene.path('web'), { times: true })).toEqual(before)
    expect(scene.vault.requests).toEqual([])
  })

  test('is warned of when its successor is due again at once', async ({ scene }) => {
    await issue(scene, 'web', '--ttl', '1h')
    const run = await scene.run(['renew', 'web', '--renew-before', '2h'])
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: .*due again at once.*--renew-before/)
  })

  test('keeps its old files while the issuer refuses', async ({ scene }) => {
    await issue(scene, 'web')
    scene.vault.faults.on(/sign/, status(400, 'unknown role: any'))
    const before = await snapshot(scene.path('web'), { times: true })
    const run = await renew(scene, ['web', '--force'])
    expect(run).toMatchObject({ code: 4, summary: { renewed: 0, notDue: 0, failed: 1 } })
    expect(run.results[0]!.error).toMatchObject({ code: 'rejected', exitCode: 4 })
    expect(run.stderr).toContain('unknown role: any')
    expect(await snapshot(scene.path('web'), { times: true })).toEqual(before)
  })
})

describe.concurrent('the key of the successor', () => {
  const key = (scene: Scene) => readFile(scene.path('web/privkey.pem'), 'utf8')

  test('is the old one with --reuse-key', async ({ scene }) => {
    await issue(scene, 'web')
    const before = await key(scene)
    await renew(scene, ['web', '--force', '--reuse-key'])
    expect(await live(scene, 'web')).toBe('.certctl/versions/2')
    expect(await key(scene)).toBe(before)
  })

  test('is the one that was given, unless a new one is asked for', async ({ scene }) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await issue(scene, 'web', '--key', await scene.write('my.key', pem))
    await rm(scene.path('my.key'))
    await renew(scene, ['web', '--force'])
    expect(await key(scene)).toBe(pem)
    await renew(scene, ['web', '--force', '--rekey'])
    expect(await key(scene)).not.toBe(pem)
    expect(await live(scene, 'web')).toBe('.certctl/versions/3')
  })

  test('stays where the CSR was made', async ({ scene }) => {
    await scene.run(['issue', '--csr', '-', '--out', 'web'], { stdin: await makeCsr() })
    const run = await renew(scene, ['web', '--force'])
    expect(run).toMatchObject({ code: 0, results: [{ action: 'renewed', files: { key: null } }] })
    expect(await readdir(scene.path('web'))).not.toContain('privkey.pem')
  })

  test('belongs to the new certificate', async ({ scene }) => {
    await issue(scene, 'web')
    await renew(scene, ['web', '--force', '--key-type', 'ec384'])
    const leaf = new X509Certificate(await readFile(scene.path('web/cert.pem')))
    expect(leaf.checkPrivateKey(createPrivateKey(await key(scene)))).toBe(true)
    expect(leaf.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'secp384r1' })
  })
})

describe.concurrent('the server that renews', () => {
  test('is 3 when it is another than the one recorded', async ({ scene }) => {
    await issue(scene, 'web')
    await edit(scene, 'web', (record) => ({
      ...record,
      issuer: { ...record.issuer, address: 'https://elsewhere.test:8200' },
    }))
    const run = await renew(scene, ['web', '--force'])
    expect(run).toMatchObject({ code: 3, results: [{ error: { code: 'other-address', exitCode: 3 } }] })
    expect(run.stderr).toMatch(/elsewhere\.test:8200.*VAULT_ADDR says/)
    expect(run.stderr).toContain(`--address ${scene.vault.address}`)
    expect(scene.vault.requests).toEqual([])
  })

  test('may be another with --address, and is then the one recorded', async ({ scene }) => {
    await issue(scene, 'web')
    await edit(scene, 'web', (record) => ({
      ...record,
      issuer: { ...record.issuer, address: 'https://elsewhere.test:8200' },
    }))
    expect(await renew(scene, ['web', '--force', '--address', scene.vault.address])).toMatchObject({ code: 0 })
    expect(await readFile(scene.path('web/certctl.json'), 'utf8')).not.toContain('elsewhere')
  })

  test('is never taken from the record', async ({ scene }) => {
    await issue(scene, 'web')
    const run = await renew(scene, ['web', '--force'], { env: { VAULT_ADDR: undefined } })
    expect(run).toMatchObject({ code: 3, results: [{ error: { exitCode: 3, message: 'addr is required' } }] })
    expect(scene.vault.requests).toEqual([])
  })

  test('is asked as the profile says by which it was issued', async ({ scene }) => {
    const file = await scene.write('token', scene.token)
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--role', 'any', '--token-file', file])
    const env = { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }
    expect(await scene.run(['issue', 'a.contract.test', '--out', 'web', '--profile', 'prod'], { env })).toMatchObject({
      code: 0,
    })
    expect(await renew(scene, ['web', '--force'], { env })).toMatchObject({ code: 0 })
  })
})

describe.concurrent('many at once', () => {
  test('--all finds every directory that was issued on this host', async ({ scene }) => {
    await issue(scene, 'one')
    await issue(scene, 'two')
    const run = await renew(scene, ['--all', '--force'], { cwd: scene.host.home })
    expect(run).toMatchObject({ code: 0, summary: { renewed: 2, notDue: 0, failed: 0 } })
    expect(run.results.map(({ dir }) => dir)).toEqual([scene.path('one'), scene.path('two')])
  })

  test('are 9 when some failed, and those that can are renewed', async ({ scene }) => {
    await issue(scene, 'one')
    await issue(scene, 'two')
    await writeFile(scene.path('one/certctl.json'), '{')
    const run = await renew(scene, ['one', 'two', '--force'])
    expect(run).toMatchObject({ code: 9, summary: { renewed: 1, notDue: 0, failed: 1 } })
    expect(run.results.map(({ action }) => action)).toEqual(['failed', 'renewed'])
    expect(run.results[0]!.error).toMatchObject({ code: 'broken-record', exitCode: 7, message: anyText })
    expect(run.stderr).toMatch(/^error: .*one.*broken/)
    expect(await live(scene, 'two')).toBe('.certctl/versions/2')
  })

  test('are the common code when all failed for one reason', async ({ scene }) => {
    await issue(scene, 'one')
    await issue(scene, 'two')
    await scene.vault.revokeToken(scene.token)
    expect(await renew(scene, ['one', 'two', '--force'])).toMatchObject({ code: 4, summary: { failed: 2 } })
  })

  test('are 9 when all failed for different reasons', async ({ scene }) => {
    await issue(scene, 'one')
    await issue(scene, 'two')
    await writeFile(scene.path('one/certctl.json'), '{')
    await scene.vault.revokeToken(scene.token)
    expect(await renew(scene, ['one', 'two', '--force'])).toMatchObject({ code: 9, summary: { failed: 2 } })
  })

  test('that are one directory named twice are renewed once', async ({ scene }) => {
    await issue(scene, 'web')
    expect(await renew(scene, ['web', './web', 'web', '--force'])).toMatchObject({ code: 0, summary: { renewed: 1 } })
    expect(scene.vault.requests).toHaveLength(1)
  })

  test('runs of one directory wait for each other, and the second finds nothing due', async ({ scene }) => {
    await issue(scene, 'web', '--ttl', '1h')
    const args = ['web', '--renew-before', '2h', '--ttl', '12h']
    const runs = await Promise.all([1, 2, 3].map(() => renew(scene, args)))
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(runs.map(({ results }) => results[0]!.action).toSorted()).toEqual(['not-due', 'not-due', 'renewed'])
    expect(await readdir(scene.path('web/.certctl/versions'))).toHaveLength(2)
  })
})
