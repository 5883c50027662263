import { readFileSync } from 'node:fs'
import { systemErrorCode } from '../core/errors.ts'

/** One run of one program: a pid alone comes back to somebody else. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, field 22 of /proc/PID/stat; null where there is no /proc. */
  readonly startTime: string | null
  /** Null where there is no /proc. */
  readonly bootId: string | null
}

let own: ProcessIdentity | undefined

/** Read once: it stays the same as long as the process lives. */
export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTime: statOf(process.pid)?.startTime ?? null, bootId: bootId() }
  return own
}

/** Whether that same run still lives; one whose parent has not yet asked for its end does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== null && identity.bootId !== bootId()) return false
  if (!isPidInUse(identity.pid)) return false
  const stat = statOf(identity.pid)
  if (stat === undefined) return true
  if (stat.state === 'Z' || stat.state === 'X') return false
  return identity.startTime === null || identity.startTime === stat.startTime
}

/** Signal 0 asks without sending; EPERM means that it runs as somebody else. */
export function isPidInUse(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}

// proc_pid_stat(5): the second field is the program's name in parentheses, which may hold blanks and parentheses itself.
function statOf(pid: number): { state: string; startTime: string } | undefined {
  const text = readIfThere(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTime] = [fields[0], fields[19]]
  return state === undefined || startTime === undefined ? undefined : { state, startTime }
}

function bootId(): string | null {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? null
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
