import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { errorDocument, errorFacts, errorText, presentError } from '../../../src/cli/present-error.ts'
import { AuthError, ConfigError, FileError, UnavailableError } from '../../../src/core/errors.ts'
import { InterruptedError } from '../../../src/core/interruption.ts'

const denied = new AuthError('the token is denied', { code: 'denied', hint: 'log in again', facts: { status: 403 } })

afterEach(() => {
  vi.restoreAllMocks()
})

/** What is written where. */
function present(thrown: unknown, json: boolean): { status: number; stdout: string; stderr: string } {
  const written = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += stripVTControlCharacters(String(text))
      return true
    })
  }
  const status = presentError(thrown, { json })
  vi.restoreAllMocks()
  return { status, ...written }
}

/** As oclif makes them. */
function ofOclif(message: string): Error {
  return Object.assign(new Error(message), { oclif: { exit: 2 } })
}

describe('an error', () => {
  it('is told on stderr with its hint', () => {
    expect(present(denied, false)).toEqual({
      status: 4,
      stdout: '',
      stderr: 'error: the token is denied\nhint: log in again\n',
    })
  })

  it('is one document on stdout with --json', () => {
    const { status, stdout, stderr } = present(denied, true)
    expect([status, stderr]).toEqual([4, ''])
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      error: { code: 'denied', message: 'the token is denied', hint: 'log in again', exitCode: 4, status: 403 },
    })
  })

  it('without a hint is one line', () => {
    expect(present(new UnavailableError('it is away'), false).stderr).toBe('error: it is away\n')
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that %s caused has its status', (signal, status) => {
    const thrown = new InterruptedError(signal)
    expect(present(thrown, false)).toEqual({ status, stdout: '', stderr: `error: interrupted by ${signal}\n` })
    const error = { code: 'interrupted', message: `interrupted by ${signal}`, exitCode: status }
    expect(errorDocument(thrown)).toEqual({ schema: 1, error })
  })
})

describe('an unexpected error', () => {
  it('is told as a bug, with the place and without its cause', () => {
    const bug = new TypeError('x is not\u001b[2J a function', { cause: 'hvs.planted' })
    const { status, stderr } = present(bug, false)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: x is not\\u\{1b\}\[2J a function\nthis is a bug in certctl; .*\n {4}at /)
    expect(stderr).not.toContain('planted')
    expect(errorFacts(bug)).toMatchObject({ code: 'bug', exitCode: 1 })
  })

  it.each(['a text', undefined, null, { secret: 'hvs.planted' }, 7])('may be anything: %j', (thrown) => {
    const { status, stderr } = present(thrown, false)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error: .*\nthis is a bug in certctl/)
    expect(stderr).not.toContain('planted')
    expect(JSON.parse(present(thrown, true).stdout)).toMatchObject({ error: { exitCode: 1 } })
  })
})

describe("oclif's own errors", () => {
  it.each([
    ['Nonexistent flag: --foo\nSee more help with --help', 'nonexistent flag: --foo'],
    ['Unexpected argument: x\n  See more help with --help\n', 'unexpected argument: x'],
    ['Expected --x=y to be one of: a, b', 'expected --x=y to be one of: a, b'],
  ])('are usage errors: %j', (message, told) => {
    const { status, stderr } = present(ofOclif(message), false)
    expect(status).toBe(2)
    expect(stderr).toBe(`error: ${told}\nhint: add --help to see the flags and arguments\n`)
    expect(JSON.parse(present(ofOclif(message), true).stdout)).toMatchObject({ error: { code: 'usage', exitCode: 2 } })
  })

  it('are ours without its frame, where a flag of ours refuses its value', () => {
    const refused = new ConfigError('--push-gateway is invalid', { hint: 'write it otherwise' })
    refused.message = `Parsing --push-gateway \n\t${refused.message}\nSee more help with --help`
    expect(present(refused, false)).toEqual({
      status: 3,
      stdout: '',
      stderr: 'error: --push-gateway is invalid\nhint: write it otherwise\n',
    })
  })

  it('that carry one of ours are ours', () => {
    expect(present(Object.assign(denied, { oclif: {} }), false).status).toBe(4)
  })
})

describe('an error of a batch', () => {
  it('names its object, but for a message that does so itself', () => {
    const text = (object: string) =>
      stripVTControlCharacters(errorText(new FileError('/etc/tls/web is broken'), object))
    expect(text('/etc/tls/web')).toBe('error: /etc/tls/web is broken\n')
    expect(text('/etc/tls/db\n')).toBe('error: /etc/tls/db\\n: /etc/tls/web is broken\n')
  })
})
