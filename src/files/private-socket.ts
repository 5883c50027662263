import { lstatSync, mkdirSync, unlinkSync, type Stats } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { FileError, systemErrorCode } from '../core/errors.ts'
import { fileError } from './file-error.ts'
import { shellWord } from './shell-word.ts'

/** `sun_path` has 108 bytes, the last of them zero (unix(7)); a longer path would be cut off. */
const longestPath = 107

/** Long enough for a busy process to be told by the kernel; the answer to a connect is the kernel's own. */
const connectPatience = 1000

/** Makes the socket's directory, 0700. Throws FileError unless it is this user's alone; no link is followed. */
export function makeSocketDirectory(path: string): void {
  if (Buffer.byteLength(path) > longestPath) throw tooLong(path)
  const directory = dirname(path)
  assertPrivate(ensureDirectory(directory), directory)
}

/** Clears what a dead process left. Throws FileError when a living one listens there, or when it is no socket. */
export async function clearSocketPath(path: string): Promise<void> {
  const there = lstatIfThere(path)
  if (!there) return
  if (!there.isSocket()) {
    throw new FileError(`${path} is no socket`, { code: 'exists', hint: `see what it is: ls -l ${shellWord(path)}` })
  }
  if (await isListenedTo(path)) throw new FileError(`another process listens at ${path}`, { code: 'in-use' })
  unlinkSync(path)
}

/** Throws FileError for a socket that somebody else than this user or root may have put there. */
export function assertOwnSocket(path: string): void {
  if (Buffer.byteLength(path) > longestPath) throw tooLong(path)
  const stats = lstatIfThere(path)
  if (!stats) return
  const user = process.geteuid?.()
  if (!stats.isSocket())
    throw new FileError(`${path} is no socket`, { hint: `see what it is: ls -l ${shellWord(path)}` })
  if (user !== 0 && stats.uid !== 0 && stats.uid !== user) throw foreign(path, stats)
}

/** Whether there is anything at the path. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function ensureDirectory(path: string): Stats {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return lstatSync(path)
  } catch (error) {
    // A link to nothing, or a file, in its place.
    if (systemErrorCode(error) === 'EEXIST') return lstatSync(path)
    throw fileError(error, path, 'made')
  }
}

function assertPrivate(stats: Stats, path: string): void {
  const hint = `see what it is: ls -ld ${shellWord(path)}`
  if (!stats.isDirectory()) throw new FileError(`${path} is no directory`, { hint })
  if (stats.uid !== process.geteuid?.()) throw foreign(path, stats)
  if ((stats.mode & 0o022) !== 0) {
    throw new FileError(`${path} can be written by others than its owner`, { hint: `chmod go-w ${shellWord(path)}` })
  }
}

/** The kernel refuses for a socket that nobody listens at. Whoever only does not answer is alive. */
function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (isAlive: boolean): void => {
      socket.destroy()
      resolve(isAlive)
    }
    socket.setTimeout(connectPatience, () => settle(true))
    socket.once('connect', () => settle(true))
    socket.once('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(systemErrorCode(error) ?? '')))
  })
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw fileError(error, path, 'read')
  }
}

function tooLong(path: string): FileError {
  const message = `the path of the socket ${path} has ${Buffer.byteLength(path)} bytes, and the system takes ${longestPath}`
  return new FileError(message, {
    code: 'name-too-long',
    hint: 'set XDG_RUNTIME_DIR or CERTCTL_STATE_DIR to a shorter one',
  })
}

function foreign(path: string, { uid }: Stats): FileError {
  return new FileError(`${path} belongs to another user (uid ${uid})`, { hint: `see: ls -ld ${shellWord(path)}` })
}
