import { constants as accessModes, closeSync, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs'
import { constants } from 'node:os'
import { errorMessage, systemErrorCode } from '../core/errors.ts'

export interface PidFileSignal {
  readonly path: string
  readonly signal: NodeJS.Signals
}

/** Reads `PATH:SIGNAL`, as in `/run/nginx.pid:HUP`; undefined for anything else. */
export function parsePidFileSignal(text: string): PidFileSignal | undefined {
  const [, path, name = ''] = /^(.+):(?:SIG)?([A-Z0-9]+)$/i.exec(text) ?? []
  const signal = `SIG${name.toUpperCase()}`
  return path !== undefined && isSignal(signal) ? { path, signal } : undefined
}

/** Sends the signal to the process that the file names now. What went wrong, in words that follow the path. */
export function signalProcess({ path, signal }: PidFileSignal): string | undefined {
  return send(path, signal)
}

/** Why that would not work now. */
export function signalFault({ path }: PidFileSignal): string | undefined {
  return send(path, 0)
}

/** Signal 0 reaches nobody, and fails where another would (kill(2)). */
function send(path: string, signal: NodeJS.Signals | 0): string | undefined {
  try {
    process.kill(readPid(path), signal)
    return undefined
  } catch (error) {
    return failureOf(error)
  }
}

function isSignal(text: string): text is NodeJS.Signals {
  return text in constants.signals
}

class Refused extends Error {}

function readPid(path: string): number {
  const file = openSync(path, accessModes.O_RDONLY | accessModes.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new Refused('holds no process id')
    const text = firstLine(file)
    const pid = Number(text)
    if (!/^\d{1,10}$/.test(text)) throw new Refused('holds no process id')
    // 0 is the own process group and 1 the init system: neither is what a service writes down.
    if (pid <= 1) throw new Refused(`names process ${pid}, which is no service`)
    assertMaySay(stats, pid)
    return pid
  } finally {
    closeSync(file)
  }
}

/** PostgreSQL says more in the lines after it. */
function firstLine(file: number): string {
  const start = Buffer.alloc(64)
  const length = readSync(file, start)
  const [line = ''] = start.toString('utf8', 0, length).split('\n')
  return line.trim()
}

/** Who may write the file could have root signal any process: he may name his own ones. */
function assertMaySay({ mode, uid }: Stats, pid: number): void {
  if ((mode & 0o022) !== 0) throw new Refused('can be written by others than its owner, and is not believed')
  if (uid === 0 || uid === process.geteuid?.()) return
  const owner = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid
  if (owner !== undefined && owner !== uid)
    throw new Refused(`belongs to uid ${uid}, but process ${pid} to uid ${owner}: it is not believed`)
}

function failureOf(error: unknown): string {
  if (error instanceof Refused) return error.message
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return 'does not exist: does the service run?'
    case 'EACCES':
      return 'cannot be read: permission denied'
    case 'ESRCH':
      return 'names a process that does not run'
    case 'EPERM':
      return 'names a process that this user may not signal'
    default:
      return `cannot be used: ${errorMessage(error)}`
  }
}
