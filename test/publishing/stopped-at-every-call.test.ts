import { spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestHost, runCertctl, type TestHost } from '../support/run-certctl.ts'

const program = fileURLToPath(new URL('../../bin/certctl.cjs', import.meta.url))

interface Calls {
  /** One call by its names on different machines: strace counts each name by itself. */
  readonly names: string
  /** How often a renewal makes it at least. */
  readonly least: number
  /** Only on files of the renewal: starting a program opens and writes others. */
  readonly ofOwnFiles?: boolean
}

const calls: readonly Calls[] = [
  { names: 'rename,renameat,renameat2', least: 3 },
  { names: 'symlink,symlinkat', least: 1 },
  { names: 'link,linkat', least: 3 },
  { names: 'unlink,unlinkat', least: 4 },
  { names: 'mkdir,mkdirat', least: 2 },
  { names: 'fsync', least: 15 },
  { names: 'fchmod', least: 2 },
  { names: 'fchown', least: 4 },
  { names: 'openat', least: 9, ofOwnFiles: true },
  { names: 'write,pwrite64', least: 9, ofOwnFiles: true },
]

let host: TestHost

beforeAll(async () => {
  host = await makeTestHost()
  await mkdir(path('out'))
  const access = ['--key-mode', '0600', '--group', String(process.getegid!())]
  const files = [
    ...access,
    '--cert-file',
    'out/cert.pem',
    '--key-file',
    'out/key.pem',
    '--fullchain-file',
    'out/full.pem',
  ]
  expect(await certctl('issue', 'localhost', '--issuer', 'local', '--out', 'web', ...files)).toMatchObject({ code: 0 })
})

afterAll(() => host.remove())

describe.each(calls)('a renewal, stopped at every $names', { timeout: 900_000 }, ({ names, least, ofOwnFiles }) => {
  it('by a kill leaves one set, and the next run clears what was left', async () => {
    let at = 0
    for (let wasKilled = true; wasKilled;) {
      at += 1
      wasKilled = (await renewTraced(names, `signal=SIGKILL:when=${at}`, ofOwnFiles)).signal === 'SIGKILL'
      await expectWhole()
      await expectNextRunClears()
    }
    expect(at).toBeGreaterThan(least)
  })

  it('by a full disk leaves one set, and the next run clears what was left', async () => {
    for (let at = 1; at <= least; at += 1) {
      const { status } = await renewTraced(names, `error=ENOSPC:when=${at}`, ofOwnFiles)
      expect(status).toBeOneOf([0, 7])
      await expectWhole()
      await expectNextRunClears()
    }
  })
})

async function renewTraced(names: string, inject: string, ofOwnFiles = false) {
  const only = ofOwnFiles ? (await ownFiles()).flatMap((name) => ['-P', name]) : []
  const trace = ['-qq', '-f', '-o', '/dev/null', '-e', `trace=${names}`, '-e', `inject=${names}:${inject}`, ...only]
  const options = { cwd: host.workDir, env: environment(), timeout: 60_000 }
  const run = spawnSync('strace', [...trace, process.execPath, program, 'renew', 'web', '--force'], options)
  expect(run.error).toBeUndefined()
  return run
}

/** No file is half written, and certificate and key belong together. */
async function expectWhole(): Promise<void> {
  await expectPair()
  for (const name of ['out/cert.pem', 'out/full.pem']) new X509Certificate(await read(name))
  createPrivateKey(await read('out/key.pem'))
}

async function expectNextRunClears(): Promise<void> {
  expect(await certctl('renew', 'web')).toMatchObject({ code: 0, stderr: '' })
  await expectOneSet()
}

async function expectPair(): Promise<void> {
  const version = await readlink(path('web/.live'))
  const [cert, key] = [await read(`web/${version}/cert.pem`), await read(`web/${version}/privkey.pem`)]
  expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true)
}

async function expectOneSet(): Promise<void> {
  await expectPair()
  expect(await read('out/cert.pem')).toBe(await read('web/cert.pem'))
  expect(await read('out/full.pem')).toBe(await read('web/fullchain.pem'))
  expect(await read('out/key.pem')).toBe(await read('web/privkey.pem'))
  expect((await readdir(path('out'))).sort()).toEqual(['cert.pem', 'full.pem', 'key.pem'])
  expect((await readdir(path('web'))).filter((name) => name.startsWith('.'))).toEqual(['.certctl', '.live'])
  expect((await readdir(path('web/.certctl/versions'))).length).toBeLessThanOrEqual(3)
  expect(await readdir(join(host.stateDir, 'journals'))).toEqual([])
}

/** The files that the next renewal will make. */
async function ownFiles(): Promise<readonly string[]> {
  const version = Number((await readlink(path('web/.live'))).split('/').at(-1)) + 1
  const names = ['cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem', 'ca.pem', 'certctl.json']
  const journal = createHash('sha256').update(path('web')).digest('hex').slice(0, 32)
  return [
    ...names.map((name) => path('web/.certctl/versions', String(version), name)),
    ...['cert', 'full', 'key'].map((name) => path('out', `.${name}.pem.certctl-new`)),
    join(host.stateDir, 'journals', `${journal}.begun`),
  ]
}

function path(...names: readonly string[]): string {
  return join(host.workDir, ...names)
}

function read(name: string): Promise<string> {
  return readFile(path(name), 'utf8')
}

function certctl(...args: readonly string[]) {
  return runCertctl(args, { host })
}

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: host.home,
    CERTCTL_CONFIG_DIR: host.configDir,
    CERTCTL_STATE_DIR: host.stateDir,
    // One thread for files: strace counts the calls of each thread by itself.
    UV_THREADPOOL_SIZE: '1',
  }
}
