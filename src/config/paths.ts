import { mkdirSync, statSync, type Stats } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { FileError, systemErrorCode } from '../core/errors.ts'
import { findVariable, homeDirectory, type Environment } from './environment.ts'

/** `CERTCTL_CONFIG_DIR`, else `$XDG_CONFIG_HOME/certctl`, else `~/.config/certctl`; it may not exist. */
export function configDirectory(environment: Environment): string {
  return directory(environment, 'CERTCTL_CONFIG_DIR', 'XDG_CONFIG_HOME', '.config')
}

/** `CERTCTL_STATE_DIR`, else `$XDG_STATE_HOME/certctl`, else `~/.local/state/certctl`; it may not exist. */
export function stateDirectory(environment: Environment): string {
  return directory(environment, 'CERTCTL_STATE_DIR', 'XDG_STATE_HOME', '.local/state')
}

/** `$XDG_RUNTIME_DIR/certctl`, else the state directory; it may not exist. */
export function runtimeDirectory(environment: Environment): string {
  const base = findVariable(environment, 'XDG_RUNTIME_DIR')?.value
  return base !== undefined && isAbsolute(base) ? join(base, 'certctl') : stateDirectory(environment)
}

/**
 * Makes the directory, and what is missing above it, with mode 0700. Throws FileError when it can't, and when it
 * exists but is no directory, belongs to someone else than the user or root, or may be written by others.
 */
export function ensurePrivateDirectory(path: string): void {
  const stats = makeDirectory(path)
  if (!stats.isDirectory()) throw new FileError(`${path} is no directory`, { hint: `check: ls -ld ${path}` })
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) {
    throw new FileError(`directory ${path} belongs to another user (uid ${stats.uid})`, {
      hint: `check: ls -ld ${path}`,
    })
  }
  if ((stats.mode & 0o022) !== 0) {
    throw new FileError(`directory ${path} may be written by others than its owner`, { hint: `chmod go-w ${path}` })
  }
}

// The XDG base directory specification has relative paths ignored.
function directory(environment: Environment, own: string, xdg: string, fallback: string): string {
  const ownPath = findVariable(environment, own)
  if (ownPath) return resolve(ownPath.value)
  const base = findVariable(environment, xdg)?.value
  return join(base !== undefined && isAbsolute(base) ? base : join(homeDirectory(environment), fallback), 'certctl')
}

function makeDirectory(path: string): Stats {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return statSync(path)
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw new FileError(`${path} is no directory`, {
        hint: `check: ls -ld ${path}`,
        cause: error,
      })
    throw new FileError(`directory ${path} can't be made (${code ?? 'unknown reason'})`, {
      hint: 'check the permissions above it, or set CERTCTL_CONFIG_DIR and CERTCTL_STATE_DIR',
      cause: error,
    })
  }
}
