import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { lstat, mkdir, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { makeCsr } from '../support/test-csr.ts'
import { withUmask } from './support/launchers.ts'
import { among, anyText, containing, like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const names = ['cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem', 'ca.pem', 'certctl.json']

async function text(scene: Scene, ...path: readonly string[]): Promise<string> {
  return readFile(scene.path(...path), 'utf8')
}

async function certificate(scene: Scene, directory: string): Promise<X509Certificate> {
  return new X509Certificate(await text(scene, directory, 'cert.pem'))
}

/** Runs `issue` and holds it to success without a word on standard error. */
async function issue(scene: Scene, args: readonly string[], options: Parameters<Scene['run']>[1] = {}) {
  const run = await scene.run(['issue', ...args], options)
  expect(run).toMatchObject({ code: 0, stderr: '' })
  return run
}

async function mode(path: string): Promise<string> {
  return ((await lstat(path)).mode & 0o777).toString(8)
}

const certificateShape = {
  subject: 'CN=a.contract.test',
  serial: like(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/),
  issuer: 'CN=contract root',
  sans: [{ type: 'dns', value: 'a.contract.test' }],
  notBefore: like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  notAfter: like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  keyType: 'ec256',
  fingerprintSha256: anyText,
}

describe.concurrent('the directory that issue makes', () => {
  test('is ./NAME, with links of stable names into one version', async ({ scene }) => {
    await issue(scene, ['a.contract.test'])
    expect((await readdir(scene.path('a.contract.test'))).toSorted()).toEqual(
      [...names, '.live', '.certctl'].toSorted(),
    )
    for (const name of names) expect(await readlink(scene.path('a.contract.test', name))).toBe(`.live/${name}`)
    expect(await readlink(scene.path('a.contract.test/.live'))).toBe('.certctl/versions/1')
    expect((await readdir(scene.path('a.contract.test/.certctl/versions/1'))).toSorted()).toEqual(names.toSorted())
  })

  test('holds leaf, chain without the root, both together, and the root', async ({ scene }) => {
    await issue(scene, ['a.contract.test', '--mount', 'pki_int', '--out', 'web'])
    const [cert, chain, fullchain, ca] = await Promise.all(
      ['cert.pem', 'chain.pem', 'fullchain.pem', 'ca.pem'].map((name) => text(scene, 'web', name)),
    )
    const [leaf, intermediate, root] = [cert!, chain!, ca!].map((pem) => new X509Certificate(pem))
    expect(fullchain).toBe(cert! + chain!)
    expect(chain!.match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
    expect(leaf!.verify(intermediate!.publicKey) && intermediate!.verify(root!.publicKey)).toBe(true)
    expect(root!.subject).toBe(root!.issuer)
    expect(leaf!.checkPrivateKey(createPrivateKey(await text(scene, 'web', 'privkey.pem')))).toBe(true)
    for (const pem of [cert, chain, fullchain, ca, await text(scene, 'web/privkey.pem')])
      expect(pem).toMatch(/-----\n$/)
  })

  test('has an empty chain where the root itself signed', async ({ scene }) => {
    await issue(scene, ['a.contract.test'])
    expect(await text(scene, 'a.contract.test/chain.pem')).toBe('')
    expect(await text(scene, 'a.contract.test/fullchain.pem')).toBe(await text(scene, 'a.contract.test/cert.pem'))
  })

  test.for([
    [0o022, { key: '600', other: '644', directory: '755' }],
    [0o077, { key: '600', other: '600', directory: '700' }],
    [0, { key: '600', other: '644', directory: '755' }],
  ] as const)('has its modes under a umask of %i', async ([umask, expected], { scene }) => {
    await issue(scene, ['a.contract.test', '--out', 'web'], { program: await withUmask(scene, umask) })
    const version = scene.path('web/.certctl/versions/1')
    const modes = await Promise.all(names.map(async (name) => [name, await mode(join(version, name))]))
    expect(Object.fromEntries(modes)).toEqual(
      Object.fromEntries(names.map((name) => [name, name === 'privkey.pem' ? expected.key : expected.other])),
    )
    for (const path of ['web', 'web/.certctl', 'web/.certctl/versions'])
      expect(await mode(scene.path(path))).toBe(expected.directory)
    expect(await mode(version)).toBe(expected.directory)
    expect(await mode(scene.host.stateDir)).toBe('700')
  })

  test('records how it was asked for, and no secret', async ({ scene }) => {
    await issue(scene, ['a.contract.test', '--san', '10.0.0.7', '--ttl', '12h', '--mount', 'pki_int', '--out', 'web'])
    const record = await text(scene, 'web/certctl.json')
    expect(JSON.parse(record)).toMatchObject({
      schema: 1,
      issuer: { kind: 'vault', profile: null, address: scene.vault.address, mount: 'pki_int', role: 'any' },
      name: 'a.contract.test',
      sans: [
        { type: 'dns', value: 'a.contract.test' },
        { type: 'ip', value: '10.0.0.7' },
      ],
      ttlSeconds: 43_200,
      keyType: 'ec256',
    })
    expect(record).not.toMatch(/PRIVATE|hvs\./)
    expect(record).not.toContain(scene.token)
  })

  test('may be there, when it is empty', async ({ scene }) => {
    await mkdir(scene.path('web'))
    await issue(scene, ['a.contract.test', '--out', 'web'])
  })

  test('is replaced as a whole with --force, the last three versions kept', async ({ scene }) => {
    for (let count = 0; count < 4; count += 1) await issue(scene, ['a.contract.test', '--out', 'web', '--force'])
    expect(await readlink(scene.path('web/.live'))).toBe('.certctl/versions/4')
    expect((await readdir(scene.path('web/.certctl/versions'))).toSorted()).toEqual(['2', '3', '4'])
  })

  test('loses the link to the key when the key is not here any more', async ({ scene }) => {
    await issue(scene, ['a.contract.test', '--out', 'web'])
    await issue(scene, ['--csr', '-', '--out', 'web', '--force'], { stdin: await makeCsr() })
    expect(await readdir(scene.path('web'))).not.toContain('privkey.pem')
  })
})

describe.concurrent('the names', () => {
  test('of a wildcard leave the star out of the directory', async ({ scene }) => {
    await issue(scene, ['*.contract.test'])
    expect((await certificate(scene, 'contract.test')).subjectAltName).toBe('DNS:*.contract.test')
  })

  test('of an IP address make a directory of that name', async ({ scene }) => {
    await issue(scene, ['10.0.0.7'])
    expect((await certificate(scene, '10.0.0.7')).subjectAltName).toBe('IP Address:10.0.0.7')
  })

  test('are sorted by themselves, or as they are told', async ({ scene }) => {
    const sans = [
      'b.contract.test',
      '::1',
      'ops@contract.test',
      'spiffe://contract.test/web',
      'dns:10.test',
      'email:a@b.test',
    ]
    const run = await issue(scene, [
      'a.contract.test',
      '--role',
      'uri',
      '--json',
      ...sans.flatMap((value) => ['--san', value]),
    ])
    expect(run.json()).toMatchObject({
      certificate: {
        sans: among(
          { type: 'dns', value: 'a.contract.test' },
          { type: 'dns', value: 'b.contract.test' },
          { type: 'ip', value: '::1' },
          { type: 'email', value: 'ops@contract.test' },
          { type: 'uri', value: 'spiffe://contract.test/web' },
          { type: 'dns', value: '10.test' },
          { type: 'email', value: 'a@b.test' },
        ),
      },
    })
  })

  test('that are no DNS name and no IP address need --out, and stay out of the alternative names', async ({
    scene,
  }) => {
    await issue(scene, ['Build Agent 7', '--role', 'any', '--out', 'agent', '--issuer', 'local'])
    const { subject, subjectAltName } = await certificate(scene, 'agent')
    expect({ subject, subjectAltName }).toEqual({ subject: 'CN=Build Agent 7', subjectAltName: undefined })
  })

  test('may be the same twice', async ({ scene }) => {
    await issue(scene, ['a.contract.test', '--san', 'A.contract.test'])
    expect((await certificate(scene, 'a.contract.test')).subjectAltName).toBe('DNS:a.contract.test')
  })
})

describe.concurrent('the key', () => {
  test.for(['ec521', 'rsa2048', 'ed25519'])('is made as asked: %s', async (type, { scene }) => {
    const run = await issue(scene, ['a.contract.test', '--key-type', type, '--json'])
    expect(run.json()).toMatchObject({ certificate: { keyType: type } })
    expect(
      (await certificate(scene, 'a.contract.test')).checkPrivateKey(
        createPrivateKey(await text(scene, 'a.contract.test/privkey.pem')),
      ),
    ).toBe(true)
  })

  test('is RSA where the role demands it and nothing was asked for, and that is told', async ({ scene }) => {
    const run = await scene.run(['issue', 'a.contract.test', '--role', 'web', '--json'])
    expect(run.code).toBe(0)
    expect(run.json()).toMatchObject({
      certificate: { keyType: 'rsa2048' },
      warnings: [containing('rsa2048')],
    })
    expect(run.stderr).toMatch(/^warning: the key is rsa2048/)
    expect(JSON.parse(await text(scene, 'a.contract.test/certctl.json'))).toMatchObject({ keyType: 'rsa2048' })
  })

  test('that is given is used, copied, and left where it is', async ({ scene }) => {
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-384' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString()
    const file = await scene.write('my.key', pem)
    const run = await issue(scene, ['a.contract.test', '--key', file, '--json'])
    expect(run.json()).toMatchObject({ certificate: { keyType: 'ec384' } })
    expect(await text(scene, 'a.contract.test/privkey.pem')).toBe(pem)
    expect(await text(scene, 'my.key')).toBe(pem)
    expect(await text(scene, 'a.contract.test/certctl.json')).not.toContain('PRIVATE')
  })

  test('of the server is fetched with --server-key', async ({ scene }) => {
    await issue(scene, ['a.contract.test', '--role', 'ec', '--server-key'])
    expect(scene.vault.requests.map(({ path }) => path)).toEqual(['pki/issue/ec'])
    const key = createPrivateKey(await text(scene, 'a.contract.test/privkey.pem'))
    expect((await certificate(scene, 'a.contract.test')).checkPrivateKey(key)).toBe(true)
  })

  test('stays with the maker of a CSR', async ({ scene }) => {
    const file = await scene.write('x.csr', await makeCsr({ key: 'ec384' }))
    const run = await issue(scene, ['--csr', file, '--json'])
    expect(run.json()).toMatchObject({ certificate: { keyType: 'ec384' }, files: { key: null } })
    expect(await readdir(scene.path('a.contract.test'))).not.toContain('privkey.pem')
  })
})

describe.concurrent('for pipes', () => {
  test('--csr - reads the request, and NAME comes from it', async ({ scene }) => {
    const csr = await makeCsr({ sans: [{ type: 'dns', value: 'b.contract.test' }] })
    await issue(scene, ['--csr', '-'], { stdin: csr })
    expect(await text(scene, 'a.contract.test/certctl.json')).toContain('b.contract.test')
  })

  test('a pipe alone is no NAME', async ({ scene }) => {
    const run = await scene.run(['issue'], { stdin: 'a.contract.test\n' })
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(scene.vault.requests).toEqual([])
  })

  test('--out - prints leaf and chain and writes nothing', async ({ scene }) => {
    const { stdout } = await issue(scene, ['a.contract.test', '--mount', 'pki_int', '--out', '-'])
    expect(stdout.match(/-----BEGIN .*-----/g)).toEqual(['-----BEGIN CERTIFICATE-----', '-----BEGIN CERTIFICATE-----'])
    expect(stdout).toMatch(/-----\n$/)
    expect(await readdir(scene.path())).toEqual([])
  })

  test('--out - --print-key prints the key too', async ({ scene }) => {
    const { stdout } = await issue(scene, ['a.contract.test', '--out', '-', '--print-key'])
    const key = stdout.slice(stdout.indexOf('-----BEGIN PRIVATE KEY-----'))
    expect(new X509Certificate(stdout).checkPrivateKey(createPrivateKey(key))).toBe(true)
  })

  test('--out - --json puts the texts in the place of the files, the key only when asked', async ({ scene }) => {
    const run = await issue(scene, ['a.contract.test', '--out', '-', '--json'])
    const withKey = await issue(scene, ['a.contract.test', '--out', '-', '--json', '--print-key'])
    expect(run.json()).toEqual({
      schema: 1,
      action: 'issued',
      issuer: { kind: 'vault', name: 'vault' },
      certificate: certificateShape,
      pem: { cert: like(/^-----BEGIN/), chain: '', ca: like(/^-----BEGIN/) },
      warnings: [],
    })
    expect(run.stdout).not.toContain('PRIVATE')
    expect(withKey.json()).toMatchObject({ pem: { key: like(/^-----BEGIN PRIVATE KEY-----/) } })
  })
})

describe.concurrent('the document', () => {
  test('has the keys of the surface', async ({ scene }) => {
    const run = await issue(scene, ['a.contract.test', '--json'])
    const file = (name: string) => scene.path('a.contract.test', name)
    expect(run.json()).toMatchObject({
      schema: 1,
      action: 'issued',
      issuer: { kind: 'vault', name: 'vault' },
      certificate: certificateShape,
      files: {
        cert: file('cert.pem'),
        chain: file('chain.pem'),
        fullchain: file('fullchain.pem'),
        key: file('privkey.pem'),
        ca: file('ca.pem'),
      },
      warnings: [],
    })
  })

  test('names the profile as the issuer', async ({ scene }) => {
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--role', 'any'])
    const run = await issue(scene, ['a.contract.test', '--profile', 'prod', '--json'])
    expect(run.json()).toMatchObject({ issuer: { kind: 'vault', name: 'prod' } })
  })

  test('is a text on standard output without --json', async ({ scene }) => {
    const { stdout } = await issue(scene, ['a.contract.test'])
    expect(stdout).toMatch(/^issued a\.contract\.test by vault\n/)
    expect(stdout).not.toContain('\u001b')
  })

  test('has colours when they are forced', async ({ scene }) => {
    const { stdout } = await issue(scene, ['a.contract.test'], { env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('\u001b[32missued')
  })
})
