import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import {
  AuthError,
  ProtocolError,
  RejectedError,
  UnavailableError,
  UnsupportedError,
} from '../../../../../src/core/errors.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import { logIn } from '../../../../../src/connectors/vault/login/log-in.ts'
import type { LoginMethod } from '../../../../../src/connectors/vault/login/login-method.ts'
import { errorOf, ScriptedVault, type Answer } from '../renewal/scripted-vault.ts'

const password = 'correct horse'
const auth = { client_token: 'hvs.new', accessor: 'acc', lease_duration: 60, renewable: true }

const method: LoginMethod = {
  kind: 'userpass',
  mount: 'people',
  files: [],
  request: () => Promise.resolve({ path: 'login/ann', body: { password }, secrets: [new Secret(password)] }),
}

function answered(answer: Answer) {
  const vault = new ScriptedVault(answer)
  return { vault, login: () => logIn(vault.client({ token: new Secret('') }), method) }
}

describe('a login', () => {
  it('is one POST without a token, below the mount, sent again only when it was not sent', async () => {
    const { vault, login } = answered({ body: { auth, warnings: ['one', 'one'] } })
    const { token, ...rest } = await login()
    expect(token.reveal()).toBe('hvs.new')
    expect(rest).toEqual({ accessor: 'acc', lease: Duration.ofSeconds(60), renewable: true, warnings: ['one'] })
    expect(vault.requests).toMatchObject([
      { method: 'POST', path: 'v1/auth/people/login/ann', body: { password }, repeat: 'unsent' },
    ])
    expect(vault.requests[0]?.headers).not.toHaveProperty('x-vault-token')
  })

  it('of a batch token has no accessor', async () => {
    expect((await answered({ body: { auth: { ...auth, accessor: '' } } }).login()).accessor).toBeNull()
  })

  it('that asks for a second factor is not supported, and says so', async () => {
    const mfa = { mfa_request_id: 'id', mfa_constraints: {} }
    const asked = { ...auth, client_token: '', accessor: '', mfa_requirement: mfa }
    const error = await errorOf(answered({ body: { auth: asked } }).login())
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error).toMatchObject({ code: 'mfa-required', exitCode: 6 })
  })

  it.each([
    [400, ['invalid username or password'], RejectedError, 4, 'refuses the request: invalid username or password'],
    [403, ['permission denied'], AuthError, 4, 'is denied: permission denied'],
    [403, ['error validating token: invalid token'], AuthError, 4, 'is denied: error validating token: invalid token'],
    [404, ['no handler for route'], RejectedError, 4, 'has nothing at auth/people/login/ann'],
    [429, ['too many'], UnavailableError, 5, 'throttles'],
    [500, ['internal error'], UnavailableError, 5, 'answers 500'],
    [503, ['Vault is sealed'], UnavailableError, 5, 'is sealed'],
  ])('that is answered %d %j', async (status, errors, kind, exitCode, text) => {
    const error = await errorOf(answered({ status, body: { errors } }).login())
    expect(error).toBeInstanceOf(kind)
    expect(error.constructor.name).not.toBe('TokenDeniedError')
    expect(error.exitCode).toBe(exitCode)
    expect(error.message).toContain(text)
    expect(error.hint).not.toContain('--mount,')
  })

  it('at a server that is no Vault waits for nothing', async () => {
    const error = await errorOf(answered({ status: 404, body: '<html>not here</html>' }).login())
    expect(error).toMatchObject({ code: 'not-vault', exitCode: 6 })
  })

  it.each([
    ['no auth', { data: {} }],
    ['no token', { auth: { ...auth, client_token: undefined } }],
    ['a token that is a number', { auth: { ...auth, client_token: 12 } }],
    ['no lease', { auth: { ...auth, lease_duration: undefined } }],
    ['a list', []],
    ['no JSON', 'hvs.new'],
    ['nothing', ''],
  ])('answered in a wrong shape is a protocol error that shows none of it: %s', async (_, body) => {
    const error = await errorOf(answered({ body }).login())
    expect(error).toBeInstanceOf(ProtocolError)
    expect(JSON.stringify(error) + error.message).not.toMatch(/hvs\.new/)
  })

  it.each([
    ['in an error', { status: 400, body: { errors: [`no user with ${password}`] } }],
    ['in a page', { status: 502, body: `<p>${password}</p>` }],
  ])('blanks the password that the server repeats %s', async (_, answer) => {
    const error = await errorOf(answered(answer).login())
    expect(error.message).toContain('[redacted]')
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(password)
  })

  it('blanks it in warnings', async () => {
    const { warnings } = await answered({ body: { auth, warnings: [`weak: ${password}`] } }).login()
    expect(warnings).toEqual(['weak: [redacted]'])
  })
})
