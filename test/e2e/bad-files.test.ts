import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { canBeUnprivileged, giveAway, isRoot, unprivileged, withoutFileSize } from './support/launchers.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

const issue = ['issue', 'a.contract.test', '--out', 'web']
const renew = ['renew', 'web', '--force']

/** Directories that were issued, one for each name. */
async function issued(scene: Scene, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const run = await scene.run(['issue', 'a.contract.test', '--out', name])
    expect(run).toMatchObject({ code: 0, stderr: '' })
  }
  scene.vault.forgetRequests()
}

describe.concurrent('issue asks nobody, and answers 7, when its directory', () => {
  test('holds a certificate already', async ({ scene }) => {
    await issued(scene, 'web')
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 7, code: 'exists' })
    expect(error.message).toContain(`${scene.path('web')} exists`)
    expect(error.hint).toContain('--force')
    expect(scene.vault.requests).toEqual([])
  })

  test('holds something else', async ({ scene }) => {
    await scene.write('web/notes.txt', 'mine')
    expect(await refusal(scene, issue)).toMatchObject({ exitCode: 7, code: 'exists' })
    expect(scene.vault.requests).toEqual([])
  })

  test('is a file', async ({ scene }) => {
    await scene.write('web', 'mine')
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 7, code: 'not-a-directory' })
    expect(scene.vault.requests).toEqual([])
  })

  test('lies below a file', async ({ scene }) => {
    await scene.write('web', 'mine')
    const error = await refusal(scene, ['issue', 'a.contract.test', '--out', 'web/below'])
    expect(error).toMatchObject({ exitCode: 7 })
    expect(scene.vault.requests).toEqual([])
  })

  test('is a link to nothing', async ({ scene }) => {
    await symlink('nowhere', scene.path('web'))
    expect(await refusal(scene, issue)).toMatchObject({ exitCode: 7 })
    expect(scene.vault.requests).toEqual([])
  })

  test.for(['web', 'web/below'])('leads round in a circle: %s', async (out, { scene }) => {
    await symlink('other', scene.path('web'))
    await symlink('web', scene.path('other'))
    const error = await refusal(scene, ['issue', 'a.contract.test', '--out', out])
    expect(error).toMatchObject({ exitCode: 7, code: 'link-loop' })
    expect(scene.vault.requests).toEqual([])
  })

  test.skipIf(!isRoot)("is someone else's", async ({ scene }) => {
    await mkdir(scene.path('web'))
    await giveAway(scene.path('web'))
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 7, code: 'not-trusted' })
    expect(error.message).toContain('belongs to another user')
    expect(scene.vault.requests).toEqual([])
  })

  test('may be written by others', async ({ scene }) => {
    await mkdir(scene.path('web'))
    await chmod(scene.path('web'), 0o777)
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 7, code: 'not-trusted' })
    expect(error.hint).toContain('chmod go-w')
  })

  test.skipIf(!canBeUnprivileged())('cannot be written', async ({ scene }) => {
    const program = await unprivileged(scene)
    await chmod(scene.path(), 0o555)
    try {
      const error = await refusal(scene, issue, { program })
      expect(error).toMatchObject({ exitCode: 7, code: 'permission-denied' })
      expect(error.message).toContain(scene.path('web'))
      expect(scene.vault.requests).toEqual([])
    } finally {
      await chmod(scene.path(), 0o755)
    }
  })
})

describe.concurrent('renew answers 7 when the record', () => {
  type Change = (record: Record<string, unknown>) => string

  async function withRecord(scene: Scene, change: Change): Promise<void> {
    await issued(scene, 'web')
    const path = scene.path('web/certctl.json')
    await writeFile(path, change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>))
  }

  /** What `renew` says of the one directory. */
  async function failure(scene: Scene, args: readonly string[] = renew) {
    const before = await snapshot(scene.path('web'))
    const run = await scene.run([...args, '--json'])
    expect(await snapshot(scene.path('web'))).toEqual(before)
    expect(scene.vault.requests).toEqual([])
    const { results } = run.json() as { results: { error: Record<string, unknown> }[] }
    expect(results).toHaveLength(1)
    expect(run.stderr).toMatch(/^error: .*\nhint: \S/)
    expect(run).toMatchObject({ code: 7 })
    return results[0]!.error
  }

  const broken: readonly Change[] = [
    () => '{ "schema": ',
    () => '',
    () => '[]',
    (record) => JSON.stringify({ ...record, name: undefined }),
    (record) => JSON.stringify({ ...record, name: 7 }),
    (record) => JSON.stringify({ ...record, sans: [{ type: 'x400', value: 'x' }] }),
    (record) => JSON.stringify({ ...record, ttlSeconds: -1 }),
  ]

  test('is broken in whatever way', async ({ scene }) => {
    await issued(scene, 'web')
    const path = scene.path('web/certctl.json')
    const record = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    for (const change of broken) {
      await writeFile(path, change(record))
      const error = await failure(scene)
      expect(error).toMatchObject({ exitCode: 7, code: 'broken-record' })
      expect(error.message).toMatch(/certctl\.json is broken/)
    }
  })

  test('is from a newer version', async ({ scene }) => {
    await withRecord(scene, (record) => JSON.stringify({ ...record, schema: 2 }))
    const error = await failure(scene)
    expect(error).toMatchObject({ exitCode: 7, code: 'newer-schema' })
    expect(error.hint).toContain('upgrade certctl')
  })

  test('may be written by others', async ({ scene }) => {
    await issued(scene, 'web')
    await chmod(scene.path('web/certctl.json'), 0o666)
    const error = await failure(scene)
    expect(error).toMatchObject({ exitCode: 7, code: 'not-trusted' })
    expect(error.hint).toContain('chmod go-w')
  })

  test.skipIf(!isRoot)("is someone else's", async ({ scene }) => {
    await issued(scene, 'web')
    await giveAway(scene.path('web'))
    const error = await failure(scene)
    expect(error).toMatchObject({ exitCode: 7, code: 'not-trusted' })
    expect(error.message).toContain('belongs to another user')
  })

  test('is not there, as the directory', async ({ scene }) => {
    const run = await scene.run(['renew', 'nowhere', '--json'])
    expect(run.code).toBe(7)
    expect(run.json()).toMatchObject({ results: [{ error: { code: 'no-certificate', exitCode: 7 } }] })
  })

  test('is of another kind of directory', async ({ scene }) => {
    await scene.write('web/notes.txt', 'mine')
    const error = await failure(scene)
    expect(error).toMatchObject({ code: 'no-certificate' })
    expect(error.hint).toContain('certctl issue')
  })

  test('stands beside a certificate that is none', async ({ scene }) => {
    await issued(scene, 'web')
    await writeFile(scene.path('web/cert.pem'), 'nonsense')
    expect(await failure(scene)).toMatchObject({ exitCode: 7 })
  })

  test('asks for a key to be used again that is broken', async ({ scene }) => {
    await issued(scene, 'web')
    await writeFile(scene.path('web/privkey.pem'), 'nonsense')
    expect(await failure(scene, [...renew, '--reuse-key'])).toMatchObject({ exitCode: 7 })
  })
})

describe.concurrent('files that lead round in a circle', () => {
  test.for([
    [['inspect', 'loop']],
    [['issue', 'a.contract.test', '--csr', 'loop']],
    [['issue', 'a.contract.test', '--key', 'loop']],
    [['issue', 'a.contract.test', '--token-file', 'loop']],
    [['apply', 'loop']],
    [['revoke', 'loop', '--yes']],
  ])('are an error of files, or of a setting: %j', async ([args], { scene }) => {
    await symlink('loop', scene.path('loop'))
    const error = await refusal(scene, args!, { env: { VAULT_TOKEN: undefined } })
    expect([3, 7]).toContain(error.exitCode)
    expect(error.message).toContain('loop')
  })
})

describe.concurrent('a disk that is full', () => {
  test('is 7 at issue, and nothing is left', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--key-type', 'ec256'], { program: await withoutFileSize(scene) })
    expect(error).toMatchObject({ exitCode: 7, code: 'disk-full' })
    expect(await readdir(scene.path())).toEqual([])
  })

  test('is 7 at renewal, and the old set is served', async ({ scene }) => {
    await issued(scene, 'web')
    const before = await snapshot(scene.path('web'))
    const run = await scene.run([...renew, '--json'], { program: await withoutFileSize(scene) })
    expect(run.code).toBe(7)
    expect(run.json()).toMatchObject({ results: [{ action: 'failed', error: { code: 'disk-full' } }] })
    expect(await snapshot(scene.path('web'))).toEqual(before)
  })

  test('of its own, really full', async ({ scene, skip }) => {
    await mkdir(scene.path('disk'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=755', 'tmpfs', scene.path('disk')], { stdio: 'ignore' })
    } catch {
      skip('only who may mount can try it')
    }
    scene.atEnd(() => Promise.resolve(execFileSync('umount', [scene.path('disk')])))
    const error = await refusal(scene, ['issue', 'a.contract.test', '--out', 'disk/web'])
    expect(error).toMatchObject({ exitCode: 7, code: 'disk-full' })
    expect(error.message).toContain('no space left')
    expect(await readdir(scene.path('disk'))).toEqual([])
  })
})

describe.concurrent('a state directory', () => {
  test('that is a file is 7', async ({ scene }) => {
    const env = { CERTCTL_STATE_DIR: await scene.write('state', 'mine') }
    expect(await refusal(scene, issue, { env })).toMatchObject({ exitCode: 7 })
  })

  test('whose CA has a key that others may read is 7', async ({ scene }) => {
    await scene.run(['local', 'init'])
    await chmod(`${scene.host.stateDir}/local-ca/ca-key.pem`, 0o644)
    const error = await refusal(scene, [...issue, '--issuer', 'local'])
    expect(error).toMatchObject({ exitCode: 7, code: 'not-trusted' })
    expect(error.hint).toContain('chmod 600')
  })

  test('whose CA is broken is 7', async ({ scene }) => {
    await scene.run(['local', 'init'])
    await writeFile(`${scene.host.stateDir}/local-ca/ca.pem`, 'nonsense')
    expect(await refusal(scene, [...issue, '--issuer', 'local'])).toMatchObject({ exitCode: 7 })
  })
})
