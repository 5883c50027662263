import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import {
  AuthError,
  ConfigError,
  FileError,
  ProtocolError,
  RejectedError,
  UnavailableError,
  UnsupportedError,
  UsageError,
  errorMessage,
  systemErrorCode,
} from '../../../src/core/errors.ts'

describe('each class of error', () => {
  it.each([
    [UsageError, 2, 'usage'],
    [ConfigError, 3, 'config'],
    [AuthError, 4, 'auth'],
    [RejectedError, 4, 'rejected'],
    [UnavailableError, 5, 'unavailable'],
    [ProtocolError, 6, 'protocol'],
    [UnsupportedError, 6, 'unsupported'],
    [FileError, 7, 'file'],
  ])('%o has an exit code and a code of its own', (Class, exitCode, code) => {
    const error = new Class('it is so')
    expect(error).toMatchObject({ exitCode, code, message: 'it is so', hint: undefined })
    expect(error.toJSON()).toStrictEqual({ code, message: 'it is so', exitCode })
  })

  it('takes a code in the place of its own', () => {
    expect(new AuthError('x', { code: 'denied' }).toJSON()).toMatchObject({ code: 'denied', exitCode: 4 })
  })

  it('has message and hint on one printable line', () => {
    const error = new RejectedError('a\nb\u001b[2J', { hint: 'c\r\nd' })
    expect(error.message).toBe(String.raw`a\nb\u{1b}[2J`)
    expect(error.hint).toBe(String.raw`c\r\nd`)
  })

  it('shows its facts as JSON, and never its cause or how long to wait', () => {
    const retryAfter = Duration.ofSeconds(7)
    const cause = new Error('with a secret')
    const error = new UnavailableError('x', { facts: { status: 503 }, hint: 'h', cause, retryAfter })
    expect(error.cause).toBe(cause)
    expect(error.retryAfter).toBe(retryAfter)
    expect(error.toJSON()).toStrictEqual({
      code: 'unavailable',
      message: 'x',
      hint: 'h',
      exitCode: 5,
      status: 503,
    })
  })
})

describe('errorMessage', () => {
  it.each([
    ['an error', new Error('a\nb'), String.raw`a\nb`],
    ['a text', 'plain\u0007', String.raw`plain\u{7}`],
    ['nothing', undefined, 'undefined'],
    ['an object', { secret: 1 }, '[object Object]'],
  ])('is one printable line of %s', (_, thrown, text) => {
    expect(errorMessage(thrown)).toBe(text)
  })
})

describe('systemErrorCode', () => {
  it('is the code of a system error and of nothing else', () => {
    expect(systemErrorCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT')
    expect(systemErrorCode(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined()
    expect(systemErrorCode(new Error('x'))).toBeUndefined()
    expect(systemErrorCode({ code: 'ENOENT' })).toBeUndefined()
    expect(systemErrorCode(null)).toBeUndefined()
  })
})
