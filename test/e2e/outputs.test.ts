import { execFileSync } from 'node:child_process'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { hasKeytool, keytool } from '../support/java.ts'
import { openssl } from '../support/openssl.ts'
import { isExpected } from '../support/outside-tool.ts'
import { containing } from './support/matchers.ts'
import { canBeUnprivileged, giveAway, unprivileged } from './support/launchers.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }
const isRoot = process.geteuid?.() === 0
const hasHaproxy = isExpected('haproxy')
const hasAccessLists = isExpected('setfacl')

const everyFile = [
  ...['--cert-file', 'out/cert.pem', '--key-file', 'out/key.pem', '--chain-file', 'out/chain.pem'],
  ...['--fullchain-file', 'out/full.pem', '--ca-file', 'out/ca.pem', '--combined-file', 'out/all.pem'],
  ...['--der-file', 'out/cert.der', '--pkcs12-file', 'out/store.p12', '--pkcs12-password-file', 'password'],
]

async function issue(scene: Scene, ...flags: string[]) {
  mkdirSync(scene.path('out'), { recursive: true })
  await scene.write('password', 'changeit\n')
  const run = await scene.run(['issue', 'localhost', '--out', 'web', '--json', ...flags], local)
  expect(run).toMatchObject({ code: 0, stderr: '' })
  return run.json() as { plainFiles: Record<string, string>; written: string[] }
}

function serialOf(path: string): string {
  return new X509Certificate(readFileSync(path)).serialNumber
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

describe.concurrent('files beside the directory', () => {
  test('are written in every form, each from the same issuance', async ({ scene }) => {
    const { plainFiles, written } = await issue(scene, ...everyFile)
    expect(Object.keys(plainFiles).sort()).toEqual(
      ['caFile', 'certFile', 'chainFile', 'combinedFile', 'derFile', 'fullchainFile', 'keyFile', 'pkcs12File'].sort(),
    )
    expect(written).toEqual(expect.arrayContaining([...Object.values(plainFiles), scene.path('web/cert.pem')]))
    const serial = serialOf(scene.path('web/cert.pem'))
    for (const name of ['cert.pem', 'full.pem', 'all.pem', 'cert.der'])
      expect(serialOf(scene.path('out', name))).toBe(serial)
    const key = await readFile(scene.path('out/key.pem'), 'utf8')
    expect(key).toBe(await readFile(scene.path('web/privkey.pem'), 'utf8'))
    expect(await readFile(scene.path('out/all.pem'), 'utf8')).toBe(
      (await readFile(scene.path('web/fullchain.pem'), 'utf8')) + key,
    )
    expect(await readFile(scene.path('out/ca.pem'), 'utf8')).toBe(await readFile(scene.path('web/ca.pem'), 'utf8'))
    const args = ['pkcs12', '-in', scene.path('out/store.p12'), '-passin', 'pass:changeit', '-nokeys']
    expect(new X509Certificate(openssl(args)).serialNumber).toBe(serial)
    const modes = Object.fromEntries(
      (await readdir(scene.path('out'))).map((name) => [name, modeOf(scene.path('out', name))]),
    )
    const secret = { 'key.pem': '600', 'all.pem': '600', 'store.p12': '600' }
    const open = { 'ca.pem': '644', 'cert.der': '644', 'cert.pem': '644', 'chain.pem': '644', 'full.pem': '644' }
    expect(modes).toEqual({ ...secret, ...open })
  })

  test('follow each renewal by themselves, and nothing is written again when nothing is due', async ({ scene }) => {
    await issue(scene, ...everyFile)
    const before = serialOf(scene.path('out/cert.pem'))
    expect(await scene.run(['renew', 'web', '--force'])).toMatchObject({ code: 0 })
    const serial = serialOf(scene.path('web/cert.pem'))
    expect(serial).not.toBe(before)
    for (const name of ['cert.pem', 'full.pem', 'all.pem', 'cert.der'])
      expect(serialOf(scene.path('out', name))).toBe(serial)
    const held = await snapshot(scene.host.workDir, { times: true })
    expect(await scene.run(['renew', 'web'])).toMatchObject({ code: 0 })
    expect(await scene.run(['renew', 'web', '--cert-file', 'out/cert.pem'])).toMatchObject({ code: 0 })
    expect(await snapshot(scene.host.workDir, { times: true })).toEqual(held)
  })

  test('are added, moved and ended by renew, due or not', async ({ scene }) => {
    await issue(scene)
    const added = await scene.run(['renew', 'web', '--key-file', 'out/key.pem', '--json'])
    expect(added.json()).toMatchObject({ results: [{ action: 'not-due', written: [scene.path('out/key.pem')] }] })
    const ended = await scene.run(['renew', 'web', '--key-file', '', '--json'])
    expect(ended.json()).toMatchObject({ warnings: [containing('out/key.pem is not written any more')] })
    await scene.run(['renew', 'web', '--force'])
    expect(readFileSync(scene.path('out/key.pem'), 'utf8')).not.toBe(
      readFileSync(scene.path('web/privkey.pem'), 'utf8'),
    )
  })

  test('are ended with all that was told for their sake alone', async ({ scene }) => {
    const store = ['--pkcs12-file', 'out/s.p12', '--pkcs12-password-file', 'password', '--pkcs12-alias', 'tomcat']
    await issue(scene, ...store, '--key-file', 'out/key.pem', '--key-password-file', 'password', '--cert-file', 'out/c')
    const run = await scene.run(['renew', 'web', '--pkcs12-file', '', '--key-file', '', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect((run.json()['results'] as Record<string, unknown>[])[0]?.['plainFiles']).toEqual({
      certFile: scene.path('out/c'),
    })
    expect(await scene.run(['renew', 'web', '--force'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('have their keys in the form that is asked for', async ({ scene }) => {
    await issue(scene, '--key-file', 'out/key.pem', '--combined-file', 'out/all.pem', '--key-format', 'traditional')
    expect(await readFile(scene.path('out/key.pem'), 'utf8')).toMatch(/^-----BEGIN EC PRIVATE KEY-----/)
    expect(await readFile(scene.path('out/all.pem'), 'utf8')).toContain('-----BEGIN EC PRIVATE KEY-----')
    await scene.run(['renew', 'web', '--key-format', 'pkcs8', '--key-password-file', 'password'])
    const encrypted = await readFile(scene.path('out/key.pem'), 'utf8')
    expect(encrypted).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    const plain = createPrivateKey(await readFile(scene.path('web/privkey.pem'), 'utf8'))
    expect(createPrivateKey({ key: encrypted, passphrase: 'changeit' }).equals(plain)).toBe(true)
  })

  test.runIf(hasHaproxy)('are taken by HAProxy', async ({ scene }) => {
    await issue(scene, '--combined-file', 'out/all.pem')
    const timeouts = 'timeout connect 1s\ntimeout client 1s\ntimeout server 1s'
    const bind = `bind 127.0.0.1:1 ssl crt ${scene.path('out/all.pem')}`
    await scene.write('haproxy.cfg', `defaults\nmode http\n${timeouts}\nfrontend web\n${bind}\n`)
    expect(() =>
      execFileSync('haproxy', ['-c', '-q', '-f', scene.path('haproxy.cfg')], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  test.runIf(hasKeytool)('are opened by Java, also in their old form', async ({ scene }) => {
    await issue(scene, '--pkcs12-file', 'out/s.p12', '--pkcs12-password-file', 'password', '--pkcs12-alias', 'tomcat')
    const list = ['-list', '-storetype', 'PKCS12', '-keystore', scene.path('out/s.p12'), '-storepass', 'changeit']
    expect(keytool(list)).toContain('tomcat, ')
    await scene.run(['renew', 'web', '--pkcs12-legacy'])
    const args = ['pkcs12', '-in', scene.path('out/s.p12'), '-passin', 'pass:changeit', '-noout', '-info']
    expect(openssl(args, {}, { withErrors: true })).toContain('pbeWithSHA1And3-KeyTripleDES-CBC')
    expect(keytool(list)).toContain('tomcat, ')
  })

  test('in two directories, with blanks and of any alphabet', async ({ scene }) => {
    mkdirSync(scene.path('an other ŵ'))
    await issue(scene, '--cert-file', 'an other ŵ/cért ŵ.pem', '--key-file', 'out/k e y.pem')
    expect(serialOf(scene.path('an other ŵ/cért ŵ.pem'))).toBe(serialOf(scene.path('web/cert.pem')))
  })
})

describe.concurrent('who may read', () => {
  test.runIf(isRoot)(
    'a group, the key too, in the directory and beside it, whatever the umask is',
    async ({ scene }) => {
      await issue(scene, '--key-file', 'out/key.pem', '--key-mode', '0640', '--cert-mode', '640', '--group', 'daemon')
      const gid = Number(execFileSync('getent', ['group', 'daemon'], { encoding: 'utf8' }).split(':')[2])
      for (const path of ['out/key.pem', 'web/privkey.pem', 'web/cert.pem']) {
        const { mode, uid, gid: has } = await stat(scene.path(path))
        expect([path, (mode & 0o777).toString(8), uid, has]).toEqual([path, '640', 0, gid])
      }
      const read = ['--reuid', 'daemon', '--regid', 'daemon', '--clear-groups', 'cat', scene.path('web/privkey.pem')]
      await chmod(scene.host.workDir, 0o755)
      await openWayTo(scene.host.workDir)
      expect(execFileSync('setpriv', read, { encoding: 'utf8' })).toContain('PRIVATE KEY')
    },
  )

  test.runIf(isRoot)('a user who owns the files beside the directory', async ({ scene }) => {
    await issue(scene, '--key-file', 'out/key.pem', '--owner', 'daemon')
    expect((await stat(scene.path('out/key.pem'))).uid).toBe(
      (await stat(scene.path('web/privkey.pem'))).uid + uidOf('daemon'),
    )
    expect(await scene.run(['renew', 'web', '--force', '--reuse-key'])).toMatchObject({ code: 0 })
  })

  test('nobody whom the directory keeps out, which is told when it is given to them', async ({ scene }) => {
    await issue(scene)
    await chmod(scene.path('web'), 0o700)
    const { code, stderr } = await scene.run(['renew', 'web', '--key-mode', '0640'])
    expect([code, stderr]).toEqual([0, containing(`to let them in: chmod g+rx ${scene.path('web')}`)])
    expect(modeOf(scene.path('web'))).toBe('700')
    expect(await scene.run(['renew', 'web', '--force'])).toMatchObject({ code: 0, stderr: '' })
  })

  test.runIf(hasAccessLists)('nobody by the default access list of a directory', async ({ scene }) => {
    mkdirSync(scene.path('out'))
    execFileSync('setfacl', ['-d', '-m', 'u:daemon:rw', scene.path('out')])
    await issue(scene, '--key-file', 'out/key.pem', '--key-mode', '0640', '--cert-file', 'out/cert.pem')
    const list = (name: string) => execFileSync('getfacl', ['-cpn', scene.path('out', name)], { encoding: 'utf8' })
    expect(list('key.pem')).toBe('user::rw-\ngroup::r--\nother::---\n\n')
    expect(list('cert.pem')).not.toMatch(/effective:.*w/)
    expect(await readdir(scene.path('out'))).toEqual(['cert.pem', 'key.pem'])
  })
})

describe.concurrent('files that cannot be written', () => {
  const cases: readonly [string, string, string[], Record<string, unknown>][] = [
    ['where no directory is', 'a', ['--key-file', 'nowhere/key.pem'], { exitCode: 7, code: 'not-found' }],
    ['in the place of a directory', 'b', ['--key-file', 'out'], { exitCode: 7, code: 'not-regular' }],
    ['in the place of another file', 'c', ['--key-file', 'password'], { exitCode: 7, code: 'exists' }],
    ['in the place of a link', 'd', ['--key-file', 'link'], { exitCode: 7, code: 'not-regular' }],
    ['twice', 'e', ['--key-file', 'out/x', '--cert-file', 'out/../out/x'], { exitCode: 2 }],
    ['in the certificate directory', 'f', ['--key-file', 'web/privkey.pem'], { exitCode: 2 }],
    ['as PKCS#12 without a password', 'g', ['--pkcs12-file', 'out/s.p12'], { exitCode: 2 }],
    ['with an empty password', 'h', ['--pkcs12-file', 'out/s', '--pkcs12-password-file', 'empty'], { exitCode: 3 }],
    [
      'with a password in letters of their own',
      'i',
      ['--pkcs12-file', 'out/s', '--pkcs12-password-file', 'ŵ'],
      { exitCode: 3 },
    ],
    ['with a key that everybody can read', 'j', ['--key-mode', '0644'], { exitCode: 2 }],
    ['with a certificate that others can write', 'k', ['--cert-mode', '0664'], { exitCode: 2 }],
    ['for a group that there is not', 'l', ['--group', 'nobodys-group'], { exitCode: 2 }],
    ['for an owner, with none to own', 'm', ['--owner', 'daemon'], { exitCode: 2 }],
    ['where only leaf and chain are printed', 'n', ['--key-file', 'out/x', '--out', '-'], { exitCode: 2 }],
  ]
  test.for(cases)('%s are refused before anything is issued', async ([, , flags, expected], { scene }) => {
    mkdirSync(scene.path('out'))
    await scene.write('password', 'changeit\n')
    await scene.write('empty', '\n')
    await scene.write('ŵ', 'pässword\n')
    await symlink('link', scene.path('link'))
    const out = flags.includes('--out') ? [] : ['--out', 'web']
    expect(await refusal(scene, ['issue', 'localhost', ...out, ...flags], local)).toMatchObject(expected)
    expect(await readdir(scene.host.stateDir).catch(() => [])).not.toContain('local-ca')
  })

  test('are refused when they are written for another certificate', async ({ scene }) => {
    await issue(scene, '--key-file', 'out/key.pem')
    const flags = ['issue', 'db.corp', '--out', 'db', '--force', '--key-file', 'out/key.pem']
    expect(await refusal(scene, flags, local)).toMatchObject({ code: 'taken', directory: scene.path('web') })
  })

  test('are refused for all directories at once', async ({ scene }) => {
    await issue(scene)
    expect(await refusal(scene, ['renew', '--all', '--key-file', 'out/key.pem'])).toMatchObject({ exitCode: 2 })
  })

  test('need no key where only a request is there', async ({ scene }) => {
    const csr = openssl([
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-keyout',
      '/dev/null',
    ])
    await scene.write('csr', csr)
    mkdirSync(scene.path('out'))
    const flags = ['issue', '--csr', 'csr', '--out', 'web']
    expect(await refusal(scene, [...flags, '--key-file', 'out/key.pem'], local)).toMatchObject({ exitCode: 2 })
    expect(await scene.run([...flags, '--cert-file', 'out/cert.pem'], local)).toMatchObject({ code: 0 })
  })

  test('for want of space leave all as it was', async ({ scene, skip }) => {
    mkdirSync(scene.path('full'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', scene.path('full')], { stdio: 'ignore' })
    } catch {
      skip('only who may mount can try it')
    }
    scene.atEnd(() => Promise.resolve(execFileSync('umount', [scene.path('full')])))
    await issue(scene, '--cert-file', 'out/cert.pem', '--key-file', 'full/key.pem')
    await writeFile(scene.path('full/ballast'), Buffer.alloc(64 * 1024)).catch(() => undefined)
    const before = await snapshot(scene.host.workDir)
    const run = await scene.run(['renew', 'web', '--force', '--json'])
    expect(run.code).toBe(7)
    expect(run.json()).toMatchObject({
      results: [{ error: { code: 'disk-full', message: containing('full/key.pem cannot be written: no space left') } }],
    })
    expect(await snapshot(scene.host.workDir)).toEqual(before)
  })
})

describe.concurrent('files that somebody took away or changed', () => {
  test('are written again by the next run, with the certificate that is there, and hooks run', async ({ scene }) => {
    await issue(scene, ...everyFile, '--deploy-shell', 'echo ran >> "$PWD/ran"')
    const serial = serialOf(scene.path('web/cert.pem'))
    const before = await snapshot(scene.path('out'), { times: true })
    expect((await scene.run(['renew', '--all'])).stderr).toBe('')
    expect(await snapshot(scene.path('out'), { times: true })).toEqual(before)

    await rm(scene.path('out/store.p12'))
    await writeFile(scene.path('out/all.pem'), 'of another')
    const run = await scene.run(['renew', '--all', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.stderr).toContain(`${scene.path('out/all.pem')} held something else, and was written again`)
    expect(run.json()).toMatchObject({
      results: [
        {
          action: 'not-due',
          reason: containing('files were written again'),
          written: [scene.path('out/store.p12'), scene.path('out/all.pem')],
          deployment: { state: 'deployed' },
        },
      ],
      summary: { renewed: 0, notDue: 1, failed: 0 },
    })
    expect(serialOf(scene.path('web/cert.pem'))).toBe(serial)
    expect(serialOf(scene.path('out/all.pem'))).toBe(serial)
    const args = ['pkcs12', '-in', scene.path('out/store.p12'), '-passin', 'pass:changeit', '-nokeys']
    expect(new X509Certificate(openssl(args)).serialNumber).toBe(serial)
    expect(await readFile(scene.path('ran'), 'utf8')).toBe('ran\nran\n')
  })

  test('are what apply puts right, and its plan says so', async ({ scene }) => {
    const file = 'certificates:\n  - name: web.corp\n    certFile: cert.pem\n'
    await scene.write('certs.yaml', file)
    expect(await scene.run(['apply', 'certs.yaml'], local)).toMatchObject({ code: 0 })
    await rm(scene.path('cert.pem'))
    const plan = await scene.run(['apply', 'certs.yaml', '--plan', '--json'], local)
    expect(plan.stdout).toContain('is gone, and would be written again')
    const run = await scene.run(['apply', 'certs.yaml', '--json'], local)
    expect(run.json()).toMatchObject({ results: [{ action: 'changed', written: [scene.path('cert.pem')] }] })
  })
})

describe.concurrent('a directory beside that has become read-only', () => {
  /** Fails to renew, loses nothing, and renews when it can be written again. */
  async function expectNothingLost(scene: Scene, code: string, makeWritable: () => Promise<unknown>, program?: string) {
    const options = program === undefined ? {} : { program }
    const before = await snapshot(scene.host.workDir)
    const run = await scene.run(['renew', 'web', '--force', '--json'], options)
    expect(run.code).toBe(7)
    expect(run.json()).toMatchObject({ results: [{ action: 'failed', error: { code } }] })
    expect(await snapshot(scene.host.workDir)).toEqual(before)
    await makeWritable()
    expect(await scene.run(['renew', 'web', '--force'], options)).toMatchObject({ code: 0, stderr: '' })
    expect(serialOf(scene.path('out/cert.pem'))).toBe(serialOf(scene.path('web/cert.pem')))
  }

  test.skipIf(!canBeUnprivileged())('by its mode', async ({ scene }) => {
    const program = await unprivileged(scene)
    const flags = ['--cert-file', 'out/cert.pem', '--key-file', 'out/key.pem']
    mkdirSync(scene.path('out'))
    await giveAway(scene.path())
    expect(await scene.run(['issue', 'localhost', '--out', 'web', ...flags], { ...local, program })).toMatchObject({
      code: 0,
    })
    await chmod(scene.path('out'), 0o555)
    await expectNothingLost(scene, 'permission-denied', () => chmod(scene.path('out'), 0o755), program)
  })

  test('by its file system', async ({ scene, skip }) => {
    mkdirSync(scene.path('out'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', scene.path('out')], { stdio: 'ignore' })
    } catch {
      skip('only who may mount can try it')
    }
    scene.atEnd(() => Promise.resolve(execFileSync('umount', [scene.path('out')])))
    await issue(scene, '--cert-file', 'out/cert.pem', '--key-file', 'out/key.pem')
    const remount = (mode: 'ro' | 'rw') =>
      Promise.resolve(execFileSync('mount', ['-o', `remount,${mode}`, scene.path('out')]))
    await remount('ro')
    await expectNothingLost(scene, 'read-only', () => remount('rw'))
  })
})

describe.concurrent('renew --undo', () => {
  test('goes back version by version, files beside the directory too, until there is none', async ({ scene }) => {
    await issue(
      scene,
      '--cert-file',
      'out/cert.pem',
      '--pkcs12-file',
      'out/s.p12',
      '--pkcs12-password-file',
      'password',
    )
    const serials = [serialOf(scene.path('web/cert.pem'))]
    for (let round = 1; round <= 2; round += 1) {
      await scene.run(['renew', 'web', '--force'])
      serials.unshift(serialOf(scene.path('web/cert.pem')))
    }
    for (const serial of serials.slice(1)) {
      const run = await scene.run(['renew', '--undo', 'web', '--json'])
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(run.json()).toMatchObject({ results: [{ action: 'undone' }], summary: { undone: 1 } })
      expect([serialOf(scene.path('web/cert.pem')), serialOf(scene.path('out/cert.pem'))]).toEqual([serial, serial])
      const args = ['pkcs12', '-in', scene.path('out/s.p12'), '-passin', 'pass:changeit', '-nokeys']
      expect(new X509Certificate(openssl(args)).serialNumber).toBe(serial)
    }
    const run = await scene.run(['renew', '--undo', 'web', '--json'])
    expect(run.code).toBe(7)
    expect(run.json()).toMatchObject({ results: [{ action: 'failed', error: { code: 'nothing-to-undo' } }] })
  })

  test('gives the files to those who may read them now, and goes back to no other writing of the same', async ({
    scene,
  }) => {
    await issue(scene, '--key-file', 'out/key.pem', '--key-mode', '0640')
    const serial = serialOf(scene.path('web/cert.pem'))
    await scene.run(['renew', 'web', '--force'])
    await scene.run(['renew', 'web', '--key-mode', ''])
    expect(await scene.run(['renew', '--undo', 'web'])).toMatchObject({ code: 0 })
    expect(serialOf(scene.path('web/cert.pem'))).toBe(serial)
    expect([modeOf(scene.path('web/privkey.pem')), modeOf(scene.path('out/key.pem'))]).toEqual(['600', '600'])
    expect(await scene.run(['renew', 'web'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('leaves what was undone to its readers until the next run', async ({ scene }) => {
    await issue(scene)
    await scene.run(['renew', 'web', '--force'])
    await scene.run(['renew', '--undo', 'web'])
    const versions = scene.path('web/.certctl/versions')
    expect((await readdir(versions)).sort()).toEqual(['1', '2'])
    await scene.run(['renew', 'web'])
    expect(await readdir(versions)).toEqual(['1'])
  })

  test('is remembered for this host until the next renewal', async ({ scene }) => {
    await issue(scene)
    await scene.run(['renew', 'web', '--force'])
    const undone = new X509Certificate(readFileSync(scene.path('web/cert.pem'))).serialNumber
    await scene.run(['renew', '--undo', 'web'])
    const serial = undone.toLowerCase().replaceAll(/..(?=.)/g, '$&:')
    expect(await entryOf(scene)).toMatchObject({ undone: { serial } })
    await scene.run(['renew', 'web', '--force'])
    expect(await entryOf(scene)).not.toHaveProperty('undone')
  })

  test('needs no issuer, and goes with no flag of a renewal', async ({ scene }) => {
    await issue(scene)
    expect(await refusal(scene, ['renew', '--undo', 'web', '--force'])).toMatchObject({ exitCode: 2 })
    expect(await refusal(scene, ['renew', '--undo', '--all'])).toMatchObject({ exitCode: 2 })
    const hint = 'name one: certctl renew --undo DIR'
    expect(await refusal(scene, ['renew', '--undo'])).toMatchObject({ exitCode: 2, hint })
  })
})

async function entryOf(scene: Scene): Promise<Record<string, unknown>> {
  const directory = join(scene.host.stateDir, 'certificates')
  const [name] = await readdir(directory)
  return JSON.parse(await readFile(join(directory, name!), 'utf8')) as Record<string, unknown>
}

function uidOf(user: string): number {
  return Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }))
}

/** Lets others come as far as the directory, which a test's temporary directory does not. */
async function openWayTo(directory: string): Promise<void> {
  for (let path = directory; path !== '/' && path !== '/tmp'; path = join(path, '..')) {
    const { mode } = await stat(path)
    chmodSync(path, (mode & 0o7777) | 0o011)
  }
}
