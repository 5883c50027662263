import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parsePidFileSignal, signalFault, signalProcess } from '../../../src/hooks/signal-process.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
let path: string

beforeEach(async () => {
  path = join(await newDirectory(), 'web.pid')
})

async function signalled(content: string): Promise<string | undefined> {
  await writeFile(path, content)
  return signalProcess({ path, signal: 'SIGHUP' })
}

describe('a pid file and a signal', () => {
  it.each([
    ['/run/nginx.pid:HUP', { path: '/run/nginx.pid', signal: 'SIGHUP' }],
    ['/run/a b:c.pid:sigusr2', { path: '/run/a b:c.pid', signal: 'SIGUSR2' }],
    ['/run/nginx.pid', undefined],
    ['/run/nginx.pid:', undefined],
    [':HUP', undefined],
    ['/run/nginx.pid:RELOAD', undefined],
    ['/run/nginx.pid:1', undefined],
  ])('%s', (text, told) => {
    expect(parsePidFileSignal(text)).toEqual(told)
  })

  it('reach the process that the file names now', async () => {
    const child = spawn('sleep', ['60'])
    const ended = once(child, 'exit')
    expect(await signalled(`${child.pid}\n`)).toBeUndefined()
    expect(await ended).toEqual([null, 'SIGHUP'])
    expect(await signalled(`${child.pid}\n`)).toBe('names a process that does not run')
  })

  it('reach the process of the first line, whatever the others say', async () => {
    const child = spawn('sleep', ['60'])
    const ended = once(child, 'exit')
    // As PostgreSQL writes its postmaster.pid.
    const others = `/var/lib/postgresql/16/main\n1770000000\n5432\n/var/run/postgresql\nlocalhost\n  5432001    131072\nready   \n`
    expect(await signalled(`${child.pid}\n${others}`)).toBeUndefined()
    expect(await ended).toEqual([null, 'SIGHUP'])
  })

  it.each([
    ['0', 'names process 0, which is no service'],
    ['1', 'names process 1, which is no service'],
    ['-5', 'holds no process id'],
    ['', 'holds no process id'],
    ['nginx', 'holds no process id'],
    ['12 34', 'holds no process id'],
    ['9'.repeat(100), 'holds no process id'],
    [`${' '.repeat(100)}4711`, 'holds no process id'],
    ['\n4711', 'holds no process id'],
    ['-4711\n/var/lib/postgresql', 'holds no process id'],
    ['1\n4711', 'names process 1, which is no service'],
    ['4711 nginx\n4711', 'holds no process id'],
  ])('are refused when it says "%s"', async (content, failure) => {
    expect(await signalled(content)).toBe(failure)
  })

  it('are looked at without a signal', async () => {
    const child = spawn('sleep', ['60'])
    const ended = once(child, 'exit')
    await writeFile(path, `${child.pid}\n`)
    expect(signalFault({ path, signal: 'SIGHUP' })).toBeUndefined()
    expect([child.exitCode, child.signalCode]).toEqual([null, null])
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(signalFault({ path, signal: 'SIGHUP' })).toBe('names a process that does not run')
  })

  it('are refused when others may write it', async () => {
    await writeFile(path, String(process.pid))
    await chmod(path, 0o666)
    expect(signalProcess({ path, signal: 'SIGHUP' })).toMatch(/can be written by others/)
  })

  it('say when there is no file', () => {
    expect(signalProcess({ path, signal: 'SIGHUP' })).toBe('does not exist: does the service run?')
  })
})
