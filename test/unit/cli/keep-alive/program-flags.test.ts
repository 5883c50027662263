import { describe, expect, it } from 'vitest'
import { checkProgram, programFlags, splitAtProgram } from '../../../../src/cli/keep-alive/program-flags.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { UsageError } from '../../../../src/core/errors.ts'

const none = { once: false, status: false, linger: false, json: false, readsStdin: false }

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a command line', () => {
  it.each([
    [['--linger'], ['--linger'], undefined],
    [['--', 'app'], [], ['app']],
    [['--linger', '--', 'app', '--json', '--', 'x'], ['--linger'], ['app', '--json', '--', 'x']],
    [['--'], [], []],
  ])('%j is parted at the first --', (argv, own, command) => {
    expect(splitAtProgram(argv)).toEqual({ own, command })
  })
})

describe('flags beside a program', () => {
  it.each([
    ['--once', { once: true }],
    ['--status', { status: true }],
    ['--linger', { linger: true }],
    ['--json', { json: true }],
    ['--wrap-ttl', { 'wrap-ttl': Duration.ofSeconds(60) }],
    ['several profiles', { profile: ['one', 'two'] }],
    ['--token-file -', { readsStdin: true }],
  ])('%s makes no sense', (name, given) => {
    const error = thrownBy(() => checkProgram(['app'], { ...none, ...given }))
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).message).toContain(name)
    expect(thrownBy(() => checkProgram(undefined, { ...none, ...given }))).toBeUndefined()
  })

  it.each([[[]], [['']], [['', 'arg']]])('are a usage error when no program is named behind --: %j', (command) => {
    expect(thrownBy(() => checkProgram(command, none))).toMatchObject({ message: 'no program is named behind --' })
  })

  it.each([{ 'on-new-token': 'none' as const }, { 'kill-after': Duration.ofSeconds(1) }])(
    '%j is about a program',
    (given) => {
      const [name = ''] = Object.keys(given)
      expect(thrownBy(() => checkProgram(undefined, { ...none, ...given }))).toMatchObject({
        message: `--${name} is about a program, and none is named`,
      })
      expect(thrownBy(() => checkProgram(['app'], { ...none, ...given, profile: ['one'] }))).toBeUndefined()
    },
  )
})

describe('--on-new-token', () => {
  const parse = (text: string) => programFlags['on-new-token'].parse(text, {} as never, {} as never)

  it.each([
    ['restart', 'restart'],
    ['none', 'none'],
    ['HUP', 'SIGHUP'],
    ['SIGUSR1', 'SIGUSR1'],
    ['sigterm', 'SIGTERM'],
  ])('%s is %s', async (text, expected) => {
    expect(await parse(text)).toBe(expected)
  })

  it.each(['', 'KILL', 'SIGSTOP', '1', 'reload', 'SIGSIGHUP'])('"%s" is refused', async (text) => {
    await expect(Promise.resolve().then(() => parse(text))).rejects.toMatchObject({ exitCode: 2 })
  })
})
