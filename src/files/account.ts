import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UsageError } from '../core/errors.ts'

const run = promisify(execFile)

/** Whether this process may make a file that belongs to the user: only root gives files away (chown(2)). */
export function mayGiveToUser(uid: number): boolean {
  const self = process.geteuid?.()
  return self === undefined || self === 0 || self === uid
}

/** Whether this process may make a file that belongs to the group: others than root give files to their own groups alone. */
export function mayGiveToGroup(gid: number): boolean {
  const self = process.geteuid?.()
  if (self === undefined || self === 0 || process.getegid?.() === gid) return true
  return process.getgroups?.().includes(gid) === true
}

/** The numeric id of a user or group, given by name or number; the system's own name service is asked. UsageError. */
export async function accountId(database: 'passwd' | 'group', name: string, flag: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name)
  const what = database === 'passwd' ? 'user' : 'group'
  const entry = await run('getent', [database, '--', name]).catch(() => ({ stdout: '' }))
  const id = entry.stdout.split(':')[2]
  if (id === undefined || !/^\d+$/.test(id)) {
    throw new UsageError(`${flag} ${name}: there is no such ${what}`, { hint: `check: getent ${database} ${name}` })
  }
  return Number(id)
}
