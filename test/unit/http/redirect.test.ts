import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../src/core/errors.ts'
import { redirectTarget } from '../../../src/http/redirect.ts'

const from = new URL('https://standby.example:8200/v1/sys/leader')

function redirect(status: number, location?: string, allowed: readonly string[] = [], origin = from): URL | undefined {
  const headers = new Map(location === undefined ? [] : [['location', location]])
  return redirectTarget({ status, headers }, origin, allowed)
}

function refusalOf(work: () => unknown): ProtocolError {
  try {
    work()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('redirectTarget', () => {
  it.each([200, 204, 400, 503])('has nothing to say about status %i', (status) => {
    expect(redirect(status, 'https://elsewhere.example/')).toBeUndefined()
  })

  it.each([301, 302, 307, 308])('follows %i on the same host and port', (status) => {
    expect(redirect(status, '/v1/other?list=true')?.href).toBe('https://standby.example:8200/v1/other?list=true')
  })

  it.each([300, 303, 304, 305])('refuses %i, which Vault never sends', (status) => {
    expect(refusalOf(() => redirect(status, '/v1/other'))).toMatchObject({ code: 'redirect-refused', exitCode: 6 })
  })

  it.each([
    ['another host', 'https://leader.example:8200/v1/x', 'leader.example:8200'],
    ['another port', 'https://standby.example:8300/v1/x', 'standby.example:8300'],
    ['the default port of the same host', 'https://standby.example/v1/x', 'standby.example:443'],
    ['a host named without a scheme', '//leader.example/v1/x', 'leader.example:443'],
    ['an IPv6 address', 'https://[::1]:8200/v1/x', '[::1]:8200'],
  ])('refuses %s and names the flag that allows it', (_, location, host) => {
    const error = refusalOf(() => redirect(307, location))
    expect(error.code).toBe('redirect-refused')
    expect(error.hint).toContain(`--allow-redirect-host ${host}`)
  })

  it('follows to a host that is allowed, whatever its case', () => {
    const target = redirect(307, 'https://Leader.example:8200/v1/x', ['LEADER.example:8200'])
    expect(target?.href).toBe('https://leader.example:8200/v1/x')
  })

  it('does not take an allowed host for one on another port', () => {
    refusalOf(() => redirect(307, 'https://leader.example:9/v1/x', ['leader.example:8200']))
  })

  it('never leaves https, not even for a host that is allowed', () => {
    const error = refusalOf(() => redirect(307, 'http://standby.example:8200/v1/x', ['standby.example:8200']))
    expect(error.code).toBe('redirect-refused')
    expect(error.hint).toContain('--allow-redirect-host')
  })

  it('goes from http to https of the same host and port', () => {
    const target = redirect(308, 'https://standby.example:8200/v1/x', [], new URL('http://standby.example:8200/v1/x'))
    expect(target?.protocol).toBe('https:')
  })

  it.each([undefined, 'http://', 'ftp://standby.example:8200/', 'javascript:alert(1)'])(
    'refuses a Location that leads nowhere: %s',
    (location) => {
      expect(refusalOf(() => redirect(307, location)).code).toBe('redirect-refused')
    },
  )

  it('refuses an address with a password in it and does not repeat it', () => {
    const error = refusalOf(() => redirect(307, 'https://user:pass-word@standby.example:8200/v1/x'))
    expect(JSON.stringify(error)).not.toContain('pass-word')
  })
})
