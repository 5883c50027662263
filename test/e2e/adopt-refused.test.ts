import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect } from 'vitest'
import { openssl } from '../support/openssl.ts'
import { adopt, foreignHost, local, name, resultsOf, type ForeignHost } from './support/adoption.ts'
import { canBeUnprivileged, isRoot, unprivileged } from './support/launchers.ts'
import { containing } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

let tools: ForeignHost['tools']
let foreign: ForeignHost['foreign']
let other: ForeignHost['other']

beforeAll(async () => {
  ;({ tools, foreign, other } = await foreignHost())
})

describe.concurrent('what can not be taken over', () => {
  interface Refused {
    readonly title: string
    /** Makes the files, and returns what is named. */
    readonly make: (scene: Scene) => Promise<readonly string[]>
    readonly code: string
    readonly says: RegExp
    readonly hint: RegExp
    readonly flags?: readonly string[]
  }

  const cert = (scene: Scene, file = 'tls.crt') => scene.write(file, foreign.leaf.pem + foreign.issuer.pem)
  const key = (scene: Scene, file = 'tls.key') => scene.write(file, foreign.key.pem.reveal())

  const cases: readonly Refused[] = [
    {
      title: 'the key of another certificate',
      make: async (scene) => [await cert(scene), await scene.write('tls.key', other.key.pem.reveal())],
      code: 'key-mismatch',
      says: /tls\.key is not the key of the certificate in .*tls\.crt$/,
      hint: /certctl inspect .*tls\.key/,
    },
    {
      title: 'a certificate without a key',
      make: async (scene) => [await cert(scene)],
      code: 'no-key',
      says: /the key of the certificate in .*tls\.crt is not there/,
      hint: /certctl adopt .*tls\.crt KEY/,
    },
    {
      title: 'a key without a certificate',
      make: async (scene) => [await key(scene)],
      code: 'no-certificate',
      says: /tls\.key is the key of no certificate that was named/,
      hint: /certctl adopt CERT /,
    },
    {
      title: 'an encrypted key',
      make: async (scene) => {
        const plain = await key(scene, 'plain.pem')
        const file = scene.path('tls.key')
        openssl(['pkcs8', '-topk8', '-in', plain, '-passout', 'pass:changeit', '-out', file])
        return [await cert(scene), file]
      },
      code: 'encrypted-key',
      says: /tls\.key is encrypted/,
      hint: /--key-password-file FILE/,
    },
    {
      title: 'an encrypted key with another password',
      make: async (scene) => {
        await scene.write('password', 'another\n')
        const plain = await key(scene, 'plain.pem')
        const file = scene.path('tls.key')
        openssl(['pkcs8', '-topk8', '-in', plain, '-passout', 'pass:changeit', '-out', file])
        return [await cert(scene), file]
      },
      flags: ['--key-password-file', 'password'],
      code: 'wrong-password',
      says: /tls\.key does not open by this password/,
      hint: /password/,
    },
    {
      title: 'a link to nothing',
      make: async (scene) => {
        await symlink('gone.pem', scene.path('tls.crt'))
        return [scene.path('tls.crt'), await key(scene)]
      },
      code: 'not-found',
      says: /tls\.crt is a link to nothing/,
      hint: /ls -l/,
    },
    {
      title: 'a lineage whose archive is gone',
      make: async (scene) => {
        const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
        await rm(scene.path('letsencrypt/archive'), { recursive: true })
        return [live]
      },
      code: 'not-found',
      says: /cert\.pem is a link to nothing/,
      hint: /ls -l/,
    },
    {
      title: 'links that lead in a circle',
      make: async (scene) => {
        await symlink('b.crt', scene.path('a.crt'))
        await symlink('a.crt', scene.path('b.crt'))
        return [scene.path('a.crt')]
      },
      code: 'link-loop',
      says: /a\.crt cannot be read: too many links/,
      hint: /ls -l/,
    },
    {
      title: 'a directory with nothing in it',
      make: async (scene) => {
        await mkdir(scene.path('empty'))
        return ['empty']
      },
      code: 'no-certificate',
      says: /empty holds no certificate with its key/,
      hint: /certctl adopt CERT KEY/,
    },
    {
      title: "certbot's own directory",
      make: async (scene) => {
        await tools.certbot(scene.path('letsencrypt'), name, foreign)
        return ['letsencrypt']
      },
      code: 'no-certificate',
      says: /letsencrypt holds no certificate with its key/,
      hint: /certctl adopt .*letsencrypt\/live/,
    },
    {
      title: 'the certificate of a CA',
      make: async (scene) => [await scene.write('ca.crt', foreign.root.pem)],
      code: 'is-authority',
      says: /ca\.crt is the certificate of a CA, CN=test root/,
      hint: /server or a client/,
    },
    {
      title: 'PKCS#12',
      make: async (scene) => {
        await writeFile(scene.path('web.p12'), await makePkcs12Of(scene))
        return ['web.p12']
      },
      code: 'not-pem',
      says: /web\.p12 is PKCS#12/,
      hint: /openssl pkcs12 -in .*web\.p12 .*--pkcs12-file/,
    },
    {
      title: 'a certificate in DER',
      make: async (scene) => {
        await writeFile(scene.path('tls.crt'), foreign.leaf.der)
        return ['tls.crt']
      },
      code: 'not-pem',
      says: /tls\.crt is not PEM/,
      hint: /openssl x509/,
    },
    {
      title: 'something else',
      make: async (scene) => [await scene.write('notes.txt', 'to do\n')],
      code: 'unknown-content',
      says: /notes\.txt holds neither a certificate nor a private key/,
      hint: /certctl inspect/,
    },
    {
      title: 'what is not there',
      make: () => Promise.resolve(['nowhere.crt']),
      code: 'not-found',
      says: /nowhere\.crt cannot be read: no such file or directory/,
      hint: /pwd/,
    },
    {
      title: 'a directory in which others may write',
      make: async (scene) => {
        await tools.step(scene.path('shared'), name, foreign)
        await chmod(scene.path('shared'), 0o777)
        return ['shared']
      },
      code: 'not-trusted',
      says: /shared can be written by others/,
      hint: /chmod go-w/,
    },
    {
      title: 'a pipe',
      make: async (scene) => {
        execFileSync('mkfifo', [scene.path('tls.crt')])
        return [scene.path('tls.crt'), await key(scene)]
      },
      code: 'not-a-file',
      says: /tls\.crt is a pipe/,
      hint: /certctl adopt CERT KEY/,
    },
    {
      title: 'two files that hold the same',
      make: async (scene) => [await cert(scene), await cert(scene, 'copy.crt'), await key(scene)],
      code: 'ambiguous',
      says: /tls\.crt and .*copy\.crt hold the same/,
      hint: /certctl adopt CERT KEY/,
    },
    {
      title: 'a file that is there and that a flag names',
      make: async (scene) => {
        await scene.write('all.pem', 'mine\n')
        return [await cert(scene), await key(scene)]
      },
      flags: ['--combined-file', 'all.pem'],
      code: 'exists',
      says: /all\.pem exists and was left as it was/,
      hint: /--force/,
    },
  ]

  test.for(cases)('is $title', async ({ make, code, says, hint, flags = [] }, { scene }) => {
    const run = await adopt(scene, await make(scene), ...flags)
    expect(run).toMatchObject({ code: 7 })
    expect(run.json()).toMatchObject({ summary: { adopted: 0, failed: 1 } })
    const [result] = resultsOf(run)
    expect(result).toMatchObject({ action: 'failed', error: { code, exitCode: 7 } })
    expect(result!.error.message).toMatch(says)
    expect(result!.error.hint).toMatch(hint)
    expect(await snapshot(join(scene.host.stateDir, 'certificates'))).toEqual({})
  })

  test('is what certctl publishes already', async ({ scene }) => {
    await scene.run(['issue', 'localhost'], local)
    for (const path of ['localhost', 'localhost/cert.pem'])
      expect(resultsOf(await adopt(scene, [path]))).toMatchObject([{ error: { code: 'own-directory' } }])
  })

  test('is a path that is kept for another certificate', async ({ scene }) => {
    await scene.run(['issue', 'localhost', '--fullchain-file', 'tls.crt', '--key-file', 'tls.key'], local)
    const run = await adopt(scene, ['tls.crt'])
    expect(run).toMatchObject({ code: 7 })
    expect(resultsOf(run)).toMatchObject([{ error: { code: 'taken', message: containing(scene.path('localhost')) } }])
  })

  test('is not replaced by a certificate that is issued into its directory', async ({ scene }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    await adopt(scene, [live])
    const file = await scene.write('all.yaml', JSON.stringify({ certificates: [{ name, out: live }] }))
    const before = await snapshot(scene.host.workDir, { times: true })
    const run = await scene.run(['issue', name, '--out', live, '--force', '--json'], local)
    expect(run).toMatchObject({ code: 7 })
    expect(run.json()).toMatchObject({ error: { code: 'taken', message: containing(live) } })
    for (const flags of [['--plan'], []]) {
      const applied = await scene.run(['apply', file, '--force', '--json', ...flags], local)
      expect(applied).toMatchObject({ code: 7 })
    }
    expect(await snapshot(scene.host.workDir, { times: true })).toEqual(before)
  })

  test.runIf(isRoot)('is what lies in the directory of another user', async ({ scene }) => {
    await tools.step(scene.path('theirs'), name, foreign)
    await chown(scene.path('theirs'), 1234, 1234)
    const run = await adopt(scene, ['theirs'])
    expect(run).toMatchObject({ code: 7 })
    expect(resultsOf(run)).toMatchObject([{ error: { code: 'not-trusted', message: containing('another user') } }])
  })

  test.runIf(canBeUnprivileged())('is what this user may not read', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    const program = await unprivileged(scene)
    await chmod(key, 0)
    for (const paths of [[crt, key], [crt], ['step']]) {
      const run = await scene.run(['adopt', ...paths, '--json'], { ...local, program })
      expect(run).toMatchObject({ code: 7 })
      expect(resultsOf(run)[0]).toMatchObject({
        error: { code: 'permission-denied', message: `${key} cannot be read: permission denied` },
      })
    }
  })

  test.runIf(isRoot && canBeUnprivileged())('is what this user could give no successor', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    const program = await unprivileged(scene)
    const run = () => scene.run(['adopt', crt, key, '--json'], { ...local, program })
    await chmod(crt, 0o644)
    await chown(crt, 0, 65534)
    expect(resultsOf(await run())).toMatchObject([{ error: { code: 'not-keepable', message: containing('user 0') } }])
    await chown(crt, 65534, 0)
    expect(resultsOf(await run())).toMatchObject([{ error: { code: 'not-keepable', message: containing('group 0') } }])
    await chown(crt, 65534, 65534)
    expect(await run()).toMatchObject({ code: 0 })
  })

  test('keeps no other from being taken over', async ({ scene }) => {
    const home = scene.path('letsencrypt')
    await tools.certbot(home, name, foreign)
    await tools.certbot(home, 'example.test', other)
    await rm(join(home, 'live', name, 'privkey.pem'))
    const run = await adopt(scene, [join(home, 'live')])
    expect(run).toMatchObject({ code: 9 })
    expect(run.json()).toMatchObject({ summary: { adopted: 1, failed: 1 } })
    expect(run.stderr).toContain('is not there')
  })

  test('is nothing at all, and several certificates can not share a file', async ({ scene }) => {
    expect(await scene.run(['adopt'], local)).toMatchObject({ code: 2 })
    expect(await scene.run(['adopt', ''], local)).toMatchObject({ code: 2 })
    const directory = scene.path('lego')
    await tools.lego(directory, name, foreign)
    await tools.lego(directory, '*.example.test', other)
    const shared = await adopt(scene, [directory], '--combined-file', 'all.pem')
    expect(shared).toMatchObject({ code: 2 })
  })

  test('is anything for which no issuer, or no role, is known', async ({ scene }) => {
    const [crt] = await tools.step(scene.path('step'), name, foreign)
    const env = { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }
    expect(await scene.run(['adopt', crt], { env })).toMatchObject({ code: 3 })
    const without = await scene.run(['adopt', crt, '--json'], { env: { CERTCTL_VAULT_ROLE: undefined } })
    expect(without).toMatchObject({ code: 3 })
    expect(without.json()).toMatchObject({ error: { message: 'role is required' } })
  })
})

async function makePkcs12Of(scene: Scene): Promise<Buffer> {
  const cert = await scene.write('p12.crt', foreign.leaf.pem)
  const key = await scene.write('p12.key', foreign.key.pem.reveal())
  const out = scene.path('made.p12')
  openssl(['pkcs12', '-export', '-in', cert, '-inkey', key, '-passout', 'pass:changeit', '-out', out])
  const bytes = await readFile(out)
  for (const path of [cert, key, out]) await rm(path)
  return bytes
}
