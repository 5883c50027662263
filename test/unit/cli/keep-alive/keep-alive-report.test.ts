import { describe, expect, it } from 'vitest'
import { keepAliveDocument, keepAliveStatus } from '../../../../src/cli/keep-alive/keep-alive-report.ts'
import { AuthError, ConfigError, UnavailableError } from '../../../../src/core/errors.ts'

const dead = new AuthError('the token is dead', { code: 'token-expired' })
const missing = new ConfigError('token is required', { code: 'no-token' })
const nothing = { ends: [], startFailures: [], openFailures: [], isStopped: false }
const expired = { name: 'prod', end: { reason: 'expired', error: dead } } as const
const rooted = { name: 'lab', end: { reason: 'nothing-to-renew' } } as const

describe('the report of keep-alive', () => {
  it('is 0 and has no error when nothing went wrong', () => {
    const result = { ...nothing, ends: [rooted] }
    expect(keepAliveStatus(result)).toBe(0)
    expect(keepAliveDocument(result, [])).toEqual({
      schema: 1,
      action: 'ended',
      results: [{ issuer: 'lab', reason: 'nothing-to-renew' }],
      warnings: [],
    })
  })

  it('has the error that its exit status is of, beside that of each token', () => {
    const result = { ...nothing, ends: [rooted, expired], openFailures: [{ name: 'stage', error: missing }] }
    expect(keepAliveStatus(result)).toBe(4)
    expect(keepAliveDocument(result, ['a remark'])).toEqual({
      schema: 1,
      action: 'ended',
      results: [
        { issuer: 'lab', reason: 'nothing-to-renew' },
        { issuer: 'prod', reason: 'expired', error: dead.toJSON() },
        { issuer: 'stage', reason: 'failed', error: missing.toJSON() },
      ],
      error: dead.toJSON(),
      warnings: ['a remark'],
    })
  })

  it('takes the first error where no token is dead', () => {
    const away = new UnavailableError('the server is sealed')
    const ends = [{ name: 'prod', end: { reason: 'failed', error: away } }] as const
    const result = { ...nothing, ends, openFailures: [{ name: 'stage', error: missing }] }
    expect(keepAliveStatus(result)).toBe(3)
    expect(keepAliveDocument(result, [])).toMatchObject({ error: { code: 'no-token' } })
  })

  it('takes what is no error of its own for a bug', () => {
    const result = { ...nothing, openFailures: [{ name: 'prod', error: new TypeError('x is undefined') }] }
    expect(keepAliveStatus(result)).toBe(1)
    expect(keepAliveDocument(result, [])).toMatchObject({ error: { code: 'bug', exitCode: 1 } })
  })

  it('is 0, or the status of the program, after a signal, whatever had ended before', () => {
    const stopped = { ...nothing, ends: [expired], isStopped: true }
    expect(keepAliveStatus(stopped)).toBe(0)
    expect(keepAliveStatus({ ...stopped, program: 7 })).toBe(7)
    expect(keepAliveDocument(stopped, [])).not.toHaveProperty('error')
  })
})
