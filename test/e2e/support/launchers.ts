import { execFileSync } from 'node:child_process'
import { chown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Scene } from './scene.ts'

const shipped = fileURLToPath(new URL('../../../bin/certctl.cjs', import.meta.url))
const nobody = 65534

export const isRoot = process.getuid?.() === 0

/** A launcher under which files are made with this umask. */
export function withUmask(scene: Scene, umask: number): Promise<string> {
  return launcher(scene, `umask-${umask}`, `process.umask(${umask})\nrequire(${JSON.stringify(shipped)})\n`)
}

/** A launcher under which no file can hold a byte: what a full disk does, without one. */
export function withoutFileSize(scene: Scene): Promise<string> {
  const command = JSON.stringify('ulimit -f 0; exec "$0" "$@"')
  return launcher(
    scene,
    'no-space',
    `const { spawnSync } = require('node:child_process')
const args = ['-c', ${command}, process.execPath, ${JSON.stringify(shipped)}, ...process.argv.slice(2)]
process.exitCode = spawnSync('sh', args, { stdio: 'inherit' }).status\n`,
  )
}

/** A launcher on a terminal, the one of script(1); standard error may be a file all the same. */
export function onTerminal(scene: Scene, { errorsTo }: { errorsTo?: string } = {}): Promise<string> {
  const redirection = errorsTo === undefined ? '' : ` 2>'${errorsTo}'`
  return launcher(
    scene,
    'terminal',
    `const { spawnSync } = require('node:child_process')
const words = [process.execPath, ${JSON.stringify(shipped)}, ...process.argv.slice(2)]
const command = words.map((word) => "'" + word + "'").join(' ') + ${JSON.stringify(redirection)}
process.exitCode = spawnSync('script', ['-qec', command, '/dev/null'], { stdio: 'inherit' }).status\n`,
  )
}

/** A launcher for a user whom permissions apply to; root gives everything on the host to that user first. */
export async function unprivileged(scene: Scene): Promise<string> {
  const path = await launcher(
    scene,
    'unprivileged',
    `if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(${nobody})
  process.setuid(${nobody})
}
require(${JSON.stringify(shipped)})\n`,
  )
  if (isRoot) await giveAway(join(scene.host.workDir, '..'))
  return path
}

/** Whether `unprivileged` can work here: the other user has to be able to read this checkout. */
export function canBeUnprivileged(): boolean {
  if (!isRoot) return true
  try {
    execFileSync(
      process.execPath,
      [
        '-e',
        `process.setgid(${nobody}); process.setuid(${nobody}); require('node:fs').accessSync(${JSON.stringify(shipped)})`,
      ],
      {
        stdio: 'ignore',
      },
    )
    return true
  } catch {
    return false
  }
}

export async function giveAway(path: string, owner = nobody): Promise<void> {
  await chown(path, owner, owner)
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), owner, owner)
  }
}

async function launcher(scene: Scene, name: string, source: string): Promise<string> {
  return scene.write(`../${name}.cjs`, source, 0o644)
}
