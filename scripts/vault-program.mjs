// Finds the real Vault of the test suite in the cache of this machine, and builds it there when it is missing.
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const moduleFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'test', 'vault')
const packageName = 'github.com/hashicorp/vault'

/** Where the program is or will be; keyed by the version that `test/vault/go.mod` selects. */
export function vaultProgram() {
  const version = /^\s*github\.com\/hashicorp\/vault (v\S+)/m.exec(
    readFileSync(join(moduleFolder, 'go.mod'), 'utf8'),
  )?.[1]
  if (version === undefined) throw new Error(`${moduleFolder}/go.mod requires no ${packageName}`)
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'certctl-test', `vault-${version}`, 'vault')
}

export function isGoInstalled() {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0
}

/** Builds the program if it is not there. Two runs don't build at once: the second waits for the first. */
export async function buildVault(program) {
  if (existsSync(program)) return
  mkdirSync(dirname(program), { recursive: true })
  const lock = `${program}.lock`
  while (!takeLock(lock)) await wait(1000)
  try {
    if (!existsSync(program)) compile(program)
  } finally {
    rmSync(lock, { force: true })
  }
}

function compile(program) {
  const unfinished = `${program}.tmp`
  console.error(`Building Vault, once for this machine: 10 to 20 minutes, about 5 GB of Go modules and build cache.`)
  console.error(`The program (360 MB) goes to ${program}`)
  const args = ['build', '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', unfinished, packageName]
  const env = { ...process.env, CGO_ENABLED: '0' }
  const { status, error } = spawnSync('go', args, { cwd: moduleFolder, env, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`go build of ${packageName} ended with ${error?.message ?? status}`)
  renameSync(unfinished, program)
}

/** The lock holds the builder's process id, so that a dead builder's can be taken over. */
function takeLock(lock) {
  try {
    const file = openSync(lock, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isAlive(holderOf(lock))) rmSync(lock, { force: true })
    return false
  }
}

function holderOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return 0
  }
}

/** Zero is a lock that was just made or removed: its holder is about to be known. */
function isAlive(pid) {
  if (pid === 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
