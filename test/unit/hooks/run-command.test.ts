import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { Duration } from '../../../src/core/duration.ts'
import { Secret } from '../../../src/core/secret.ts'
import { noteToken } from '../../../src/core/tokens-in-use.ts'
import type { CommandLine } from '../../../src/hooks/command-line.ts'
import { type CommandRun, runCommand } from '../../../src/hooks/run-command.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const minute = Duration.ofSeconds(60)

function run(command: CommandLine, changes: Partial<CommandRun> = {}) {
  const environment = { PATH: process.env.PATH, FACT: 'a fact' }
  return runCommand(command, { environment, timeout: minute, clock: systemClock, ...changes })
}

const shell = (script: string): CommandLine => ['sh', '-c', script]

/** Until the process is gone; whoever is no child of ours leaves no status to wait for. */
async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await wait(10)
  }
  return false
}

/** The number of the process that the command says it has started. */
async function startedBy(path: string): Promise<number> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (text.endsWith('\n')) return Number(text)
    await wait(10)
  }
  throw new Error('the command did not start anything')
}

describe('a command', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certctl-hook-'))
  })

  afterEach(() => rm(directory, { recursive: true, force: true }))

  it('gets its arguments as they are, the variables, no input, and what it says is kept', async () => {
    const script = 'printf "%s|" "$@"; echo "$FACT" >&2; read -r line || echo no input'
    const { failure, output } = await run(['sh', '-c', script, 'name', 'a b', '$HOME', '*'])
    expect(failure).toBeUndefined()
    expect(output).toContain('a b|$HOME|*|')
    expect(output).toContain('a fact')
    expect(output).toContain('no input')
  })

  it.each<[string, CommandLine, string]>([
    ['with a status', shell('exit 3'), 'ends with status 3'],
    ['by a signal', shell('kill -SEGV $$'), 'is killed by SIGSEGV'],
    ['before it began: no such program', ['/nowhere/such'], 'cannot be started: it does not exist'],
    ['before it began: no such program in PATH', ['no-such-program-here'], 'cannot be started: it is not in PATH'],
    ['before it began: no program', ['/etc/passwd'], 'cannot be started: permission denied'],
    ['before it began: a path through a file', ['/etc/passwd/such'], 'cannot be started: spawn ENOTDIR'],
  ])('that ends %s says so', async (_, command, failure) => {
    expect(await run(command)).toMatchObject({ failure })
  })

  it('whose interpreter is missing names that, a carriage return included', async () => {
    const path = join(directory, 'script')
    await writeFile(path, '#!/bin/sh\r\nexit 0\r\n', { mode: 0o755 })
    const failure = String.raw`cannot be started: it is for an interpreter that does not exist: /bin/sh\r`
    expect(await run([path])).toMatchObject({ failure })
  })

  it('that says a book is quoted by its end, on one printable line', async () => {
    const { output } = await run(shell('yes 0123456789 | head -n 5000; printf "\\033[31mthe end\\n"'))
    expect(output.length).toBeLessThan(4000)
    expect(output).toMatch(/the end$/)
    expect(output).not.toMatch(/[\n\u001b]/)
  })

  it('that says what must not be shown is quoted without it, also where the quote begins in the midst of it', async () => {
    const token = `of-any-form-${'7'.repeat(900)}`
    noteToken(new Secret(token))
    const { output } = await run(shell(`printf '%s' ${token}; head -c 1500 /dev/zero | tr '\\0' x`))
    expect(output).toBe(`[redacted]${'x'.repeat(1500)}`)
  })

  it('that hangs is told to end, then killed, with all that it started', async () => {
    const clock = new FakeClock()
    const path = join(directory, 'child')
    // What it starts is told of only when it ignores the signal itself, and not what it started.
    const child = `until [ -e "$1.deaf" ]; do sleep 0.01; done; echo $$ > "$1"; exec sleep 1000`
    const script = `sh -c "$1" sh "$2" & trap "" TERM; : > "$2.deaf"; while :; do sleep 1; done`
    const ended = run(['sh', '-c', script, 'sh', child, path], { clock })
    const started = await startedBy(path)
    await clock.advance(minute)
    expect(await gone(started)).toBe(true)
    await clock.advance(Duration.ofSeconds(5))
    expect(await ended).toMatchObject({ failure: 'does not end within 1m and is killed' })
  })

  it('is killed at once by an abort, and not started after one', async () => {
    const stop = new AbortController()
    const path = join(directory, 'child')
    const ended = run(shell(`trap "" TERM; sleep 1000 & echo $! > '${path}'; wait`), { signal: stop.signal })
    const child = await startedBy(path)
    stop.abort()
    expect(await ended).toMatchObject({ failure: 'is killed by SIGKILL' })
    expect(await gone(child)).toBe(true)
    expect(await run(shell('exit 0'), { signal: stop.signal })).toMatchObject({ failure: 'is not started', output: '' })
  })

  it('that leaves something running behind is over all the same', async () => {
    const { failure, output } = await run(shell('sleep 1000 & echo "child $!"'))
    expect(failure).toBeUndefined()
    process.kill(Number(/child (\d+)/.exec(output)![1]), 'SIGKILL')
  })
})
