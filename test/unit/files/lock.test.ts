import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { lstat, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/core/clock.ts'
import { Duration } from '../../../src/core/duration.ts'
import { withLock, withLocks } from '../../../src/files/lock.ts'
import { filesWith, stopAt } from './stopping-file-system.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const temporaryDirectory = useTemporaryDirectories()
const hasProc = existsSync('/proc/self/stat')

/** Time passes only by sleeping. */
function impatientClock(): Clock {
  let elapsed = Duration.zero
  return {
    now: () => elapsed.after(new Date(0)),
    monotonic: () => elapsed,
    async sleep(duration) {
      elapsed = elapsed.plus(duration)
      await turn()
    },
  }
}

/** The name of a claim on the lock, as this process makes it. */
async function claimOf(directory: string, name: string): Promise<string> {
  return withLock(directory, name, { clock: impatientClock() }, async () => (await readdir(directory))[0]!)
}

describe('a lock', () => {
  it('gives back what the action returns, and is released', async () => {
    const directory = join(await temporaryDirectory(), 'state', 'locks')
    expect(await withLock(directory, '/srv/www', { clock: impatientClock() }, () => Promise.resolve(7))).toBe(7)
    expect(await readdir(directory)).toEqual([])
    expect((await lstat(directory)).mode & 0o777).toBe(0o700)
  })

  it('is released when the action fails', async () => {
    const directory = await temporaryDirectory()
    const failing = withLock(directory, '/srv/www', { clock: impatientClock() }, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await readdir(directory)).toEqual([])
  })

  it('of a live process is waited for, and the error names the process', async () => {
    const directory = await temporaryDirectory()
    const clock = impatientClock()
    await withLock(directory, '/srv/www', { clock }, async () => {
      const second = withLock(directory, '/srv/www', { clock }, () => Promise.resolve())
      await expect(second).rejects.toMatchObject({
        exitCode: 7,
        code: 'locked',
        message: `/srv/www is locked by process ${process.pid}`,
        facts: { pid: process.pid },
      })
      expect(clock.monotonic().seconds).toBeGreaterThanOrEqual(30)
      expect(clock.monotonic().seconds).toBeLessThan(31)
    })
  })

  it('that is waited for is told of once, after some seconds', async () => {
    const directory = await temporaryDirectory()
    const clock = impatientClock()
    const warnings: string[] = []
    const warn = (text: string): void => void warnings.push(`${text}, at ${clock.monotonic().seconds >= 5}`)
    await withLock(directory, '/srv/www', { clock }, async () => {
      const second = withLock(directory, '/srv/www', { clock, warn }, () => Promise.resolve())
      await expect(second).rejects.toMatchObject({ code: 'locked' })
    })
    expect(warnings).toEqual([`/srv/www is locked by process ${process.pid}; waiting for its end, at true`])
  })

  it('of another name is not waited for', async () => {
    const directory = await temporaryDirectory()
    const clock = impatientClock()
    const inner = () => withLock(directory, '/srv/b', { clock }, () => Promise.resolve('in'))
    expect(await withLock(directory, '/srv/a', { clock }, inner)).toBe('in')
    expect(clock.monotonic().milliseconds).toBe(0)
  })

  it('lets one at a time through', async () => {
    const directory = await temporaryDirectory()
    let inside = 0
    const rounds = Array.from({ length: 12 }, () =>
      withLock(directory, '/srv/www', { clock: impatientClock(), wait: Duration.ofDays(1) }, async () => {
        inside += 1
        await turn()
        expect(inside).toBe(1)
        inside -= 1
        return 'done'
      }),
    )
    expect(new Set(await Promise.all(rounds))).toEqual(new Set(['done']))
  })

  it('ends its waiting when the signal is aborted', async () => {
    const directory = await temporaryDirectory()
    const clock = impatientClock()
    const abort = new AbortController()
    await withLock(directory, '/srv/www', { clock }, async () => {
      const wait = Duration.ofDays(1)
      const second = withLock(directory, '/srv/www', { clock, wait, signal: abort.signal }, () => Promise.resolve())
      abort.abort(new Error('interrupted'))
      await expect(second).rejects.toThrow('interrupted')
    })
    expect(await readdir(directory)).toEqual([])
  })

  it('that can not be made is a FileError', async () => {
    const directory = await temporaryDirectory()
    const { files } = stopAt(1, 'forever')
    const locking = withLock(directory, '/srv/www', { clock: impatientClock(), files }, () => Promise.resolve())
    await expect(locking).rejects.toMatchObject({ exitCode: 7, code: 'disk-full' })
  })

  it('that can not be claimed names the directory of locks', async () => {
    const directory = await temporaryDirectory()
    const readOnly = Object.assign(new Error('EROFS'), { code: 'EROFS', syscall: 'open' })
    const files = filesWith({ open: () => Promise.reject(readOnly) })
    const locking = withLock(directory, '/srv/www', { clock: impatientClock(), files }, () => Promise.resolve())
    await expect(locking).rejects.toThrow(`${directory} cannot be written: the file system is read-only`)
  })
})

describe('several locks', () => {
  it('are held together, each once', async () => {
    const directory = await temporaryDirectory()
    const names = ['/srv/b', '/srv/a', '/srv/b']
    const held = () => readdir(directory)
    expect(await withLocks(directory, names, { clock: impatientClock() }, held)).toHaveLength(2)
    expect(await readdir(directory)).toEqual([])
  })

  it('never make two runs wait for each other', async () => {
    const directory = await temporaryDirectory()
    const rounds = Array.from({ length: 12 }, (_, at) => {
      const names = at % 2 === 0 ? ['/srv/a', '/srv/b'] : ['/srv/b', '/srv/a']
      return withLocks(directory, names, { clock: impatientClock(), wait: Duration.ofHours(1) }, turn)
    })
    await Promise.all(rounds)
    expect(await readdir(directory)).toEqual([])
  })
})

describe('the lock of a dead process', () => {
  const changes: readonly (readonly [string, (claim: string[]) => string[]])[] = [
    [
      'whose pid is free',
      ([key, , ...rest]) => [key!, String(spawnSync(process.execPath, ['--version']).pid), ...rest],
    ],
    ['whose pid is now another process', ([key, pid, start, ...rest]) => [key!, pid!, `${Number(start) - 1}`, ...rest]],
    ['from before the host was started anew', ([key, pid, start, , ...rest]) => [key!, pid!, start!, 'b00', ...rest]],
  ]

  it.runIf(hasProc).each(changes)('%s is taken over at once, by one of many', async (_, change) => {
    const directory = await temporaryDirectory()
    const claim = await claimOf(directory, '/srv/www')
    await writeFile(join(directory, change(claim.split('.')).join('.')), '')
    let inside = 0
    const clock = impatientClock()
    const first = withLock(directory, '/srv/www', { clock, wait: Duration.zero }, () => readdir(directory))
    expect(await first).toHaveLength(1)
    const rounds = Array.from({ length: 6 }, async (__, index) => {
      await writeFile(
        join(directory, change(claim.replace(/[0-9a-f]{16}(?=\.lock)/, `${index}`.repeat(16)).split('.')).join('.')),
        '',
      )
      await withLock(directory, '/srv/www', { clock: impatientClock(), wait: Duration.ofDays(1) }, async () => {
        inside += 1
        await turn()
        expect(inside).toBe(1)
        inside -= 1
      })
    })
    await Promise.all(rounds)
    expect(await readdir(directory)).toEqual([])
  })

  it.runIf(hasProc)('that nobody has asked for its end counts as dead', async () => {
    const directory = await temporaryDirectory()
    const claim = (await claimOf(directory, '/srv/www')).split('.')
    // The shell becomes `sleep`, which never asks for the end of the shell's child.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [output] = (await once(parent.stdout, 'data')) as [Buffer]
    const defunct = [claim[0], output.toString().trim(), '', claim[3], ...claim.slice(4)].join('.')
    await writeFile(join(directory, defunct), '')
    try {
      const wait = Duration.ofDays(1)
      expect(await withLock(directory, '/srv/www', { clock: impatientClock(), wait }, () => Promise.resolve(1))).toBe(1)
    } finally {
      parent.kill()
    }
  })

  it('is told from files that are no locks, which stay', async () => {
    const directory = await temporaryDirectory()
    const claim = await claimOf(directory, '/srv/www')
    await writeFile(join(directory, claim), '')
    await rename(join(directory, claim), join(directory, `${claim}.bak`))
    expect(await withLock(directory, '/srv/www', { clock: impatientClock() }, () => Promise.resolve(1))).toBe(1)
    expect(await readdir(directory)).toEqual([`${claim}.bak`])
  })
})
