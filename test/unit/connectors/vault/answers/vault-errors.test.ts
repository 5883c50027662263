import { describe, expect, it } from 'vitest'
import {
  AuthError,
  type CertctlError,
  ProtocolError,
  RejectedError,
  UnavailableError,
} from '../../../../../src/core/errors.ts'
import { Duration } from '../../../../../src/core/duration.ts'
import { KeyRefusedError } from '../../../../../src/connectors/connector.ts'
import type { Asked, Purpose, Refusal } from '../../../../../src/connectors/vault/answers/refusal.ts'
import { isPermanentFailure } from '../../../../../src/connectors/vault/answers/refusal-texts.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../../../../../src/connectors/vault/token/token-api.ts'
import { refusalError } from '../../../../../src/connectors/vault/answers/vault-errors.ts'

const server = 'https://vault.corp:8200'

const paths: Readonly<Record<Purpose, string>> = {
  'token-lookup': 'auth/token/lookup-self',
  'token-renewal': 'auth/token/renew-self',
  login: 'auth/approle/login',
  unwrapping: 'sys/wrapping/unwrap',
  certificate: 'pki/sign/web',
  revocation: 'pki/revoke',
  other: 'sys/capabilities-self',
}

function asked(purpose: Purpose): Asked {
  return { purpose, path: paths[purpose], server, object: purpose === 'certificate' ? 'role "web"' : server }
}

function refuse(purpose: Purpose, status: number, ...errors: readonly string[]): CertctlError {
  return refusalError({ status, errors, excerpt: '', retryAfter: undefined }, asked(purpose))
}

function foreign(purpose: Purpose, refusal: Partial<Refusal>): CertctlError {
  return refusalError(
    { status: 403, errors: undefined, excerpt: '', retryAfter: undefined, ...refusal },
    asked(purpose),
  )
}

type Class = abstract new (...args: never[]) => CertctlError

const denials = '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'
const denial = '1 error occurred:\n\t* permission denied\n\n'

// As vault-api.md has them: sections 0, 1.4, 3.2 and 5.5.
const table: readonly (readonly [Purpose, number, string, Class, string, 4 | 5 | 6])[] = [
  ['token-renewal', 400, 'lease is not renewable', TokenNotRenewableError, 'not-renewable', 4],
  ['token-renewal', 400, 'batch tokens cannot be renewed', TokenNotRenewableError, 'not-renewable', 4],
  ['token-renewal', 400, 'invalid lease ID', TokenNotRenewableError, 'not-renewable', 4],
  ['token-renewal', 500, 'past the max TTL, cannot renew', TokenNotRenewableError, 'not-renewable', 4],
  [
    'token-renewal',
    500,
    '1 error occurred:\n\t* past the max TTL, cannot renew\n\n',
    TokenNotRenewableError,
    'not-renewable',
    4,
  ],
  [
    'token-renewal',
    500,
    'failed to renew entry: original token role "ci" could not be found, not renewing',
    TokenNotRenewableError,
    'not-renewable',
    4,
  ],
  [
    'token-renewal',
    500,
    'failed to renew entry: role "ci" does not exist during renewal',
    TokenNotRenewableError,
    'not-renewable',
    4,
  ],
  [
    'token-renewal',
    500,
    'client identity during renewal not matching client identity used during login',
    TokenNotRenewableError,
    'not-renewable',
    4,
  ],
  ['token-renewal', 400, 'token not found', TokenDeniedError, 'denied', 4],
  ['token-renewal', 403, denials, TokenDeniedError, 'denied', 4],
  ['token-renewal', 403, denial, TokenDeniedError, 'denied', 4],
  ['token-renewal', 400, 'something new', RejectedError, 'rejected', 4],
  ['token-renewal', 404, 'no handler for route "x". route entry not found.', RejectedError, 'not-found', 4],
  ['token-renewal', 500, 'internal error', UnavailableError, 'unavailable', 5],
  ['token-lookup', 403, denials, TokenDeniedError, 'denied', 4],
  ['token-lookup', 403, denial, TokenDeniedError, 'denied', 4],
  ['token-lookup', 403, 'permission denied', TokenDeniedError, 'denied', 4],
  ['token-lookup', 403, 'bad token', TokenDeniedError, 'denied', 4],
  ['token-lookup', 404, 'no handler for route "x". route entry not found.', ProtocolError, 'not-vault', 6],
  ['token-lookup', 405, '1 error occurred:\n\t* unsupported operation\n\n', ProtocolError, 'not-vault', 6],
  ['certificate', 403, 'permission denied', AuthError, 'denied', 4],
  ['certificate', 403, denial, AuthError, 'denied', 4],
  ['certificate', 403, denials, TokenDeniedError, 'denied', 4],
  ['certificate', 400, 'unknown role: nope', RejectedError, 'rejected', 4],
  ['certificate', 404, 'no handler for route "nopki/sign/web". route entry not found.', RejectedError, 'not-found', 4],
  ['certificate', 404, '1 error occurred:\n\t* unsupported path\n\n', RejectedError, 'not-found', 4],
  ['certificate', 405, '1 error occurred:\n\t* unsupported operation\n\n', RejectedError, 'not-found', 4],
  ['certificate', 400, 'common name db.corp not allowed by this role', RejectedError, 'rejected', 4],
  ['certificate', 400, 'subject alternate name db.corp not allowed by this role', RejectedError, 'rejected', 4],
  ['certificate', 400, 'email address a@b.c not allowed by this role', RejectedError, 'rejected', 4],
  [
    'certificate',
    400,
    'the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to true, unless "require_cn" is set to false',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    400,
    'IP Subject Alternative Names are not allowed in this role, but was provided via CSR',
    RejectedError,
    'rejected',
    4,
  ],
  ['certificate', 400, 'the IP address "10.0.0.7" is not allowed in this role', RejectedError, 'rejected', 4],
  ['certificate', 400, 'the value "10.0.0" is not a valid IP address', RejectedError, 'rejected', 4],
  [
    'certificate',
    400,
    'URI Subject Alternative Names are not allowed in this role, but were provided via the API',
    RejectedError,
    'rejected',
    4,
  ],
  ['certificate', 400, 'other SAN 1.2.3;UTF8:x not allowed for OID 1.2.3', RejectedError, 'rejected', 4],
  ['certificate', 400, 'user_id x is not allowed by this role', RejectedError, 'rejected', 4],
  ['certificate', 400, 'role requires keys of type rsa', KeyRefusedError, 'key-refused', 4],
  [
    'certificate',
    400,
    "role requires a minimum of a 3072-bit key, but CSR's key is 2048 bits",
    KeyRefusedError,
    'key-refused',
    4,
  ],
  ['certificate', 400, 'RSA keys < 2048 bits are unsafe and not supported: got 1024', RejectedError, 'rejected', 4],
  [
    'certificate',
    400,
    'role key type "any" not allowed for issuing certificates, only signing',
    RejectedError,
    'rejected',
    4,
  ],
  ['certificate', 400, '"csr" is empty', RejectedError, 'rejected', 4],
  ['certificate', 400, 'csr contains no data', RejectedError, 'rejected', 4],
  ['certificate', 400, 'certificate request could not be parsed: asn1: syntax error', RejectedError, 'rejected', 4],
  ['certificate', 400, 'request signature invalid', RejectedError, 'rejected', 4],
  [
    'certificate',
    400,
    'Either ttl or not_after should be provided. Both should not be provided in the same request.',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    400,
    'Field validation failed: error converting input for field "ttl": time: unknown unit "x" in duration "30x"',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    400,
    'cannot satisfy request, as TTL would result in notAfter of 2027 that is beyond the expiration of the CA certificate at 2026',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    500,
    'could not fetch the CA certificate (was one set?): no default issuer currently configured',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    500,
    '1 error occurred:\n\t* could not fetch the CA certificate (was one set?): unable to find PKI issuer for reference: x\n\n',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    500,
    'error fetching CA certificate: error while attempting to use issuer x',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    500,
    'unable to fetch corresponding key for issuer x; unable to use this issuer for signing',
    RejectedError,
    'rejected',
    4,
  ],
  [
    'certificate',
    400,
    'Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.',
    RejectedError,
    'rejected',
    4,
  ],
  ['certificate', 413, 'http: request body too large', RejectedError, 'rejected', 4],
  ['certificate', 429, 'request path "pki/sign/web": rate limit quota exceeded', UnavailableError, 'throttled', 5],
  ['certificate', 412, 'missing required header', UnavailableError, 'unavailable', 5],
  ['certificate', 500, 'local node not active but active cluster node not found', UnavailableError, 'no-leader', 5],
  ['certificate', 503, 'no active Vault instance found', UnavailableError, 'no-leader', 5],
  ['certificate', 503, 'Vault is sealed', UnavailableError, 'sealed', 5],
  ['certificate', 501, 'Vault is not yet initialized', UnavailableError, 'uninitialized', 5],
  ['certificate', 502, 'upstream rate limited', UnavailableError, 'unavailable', 5],
  ['certificate', 500, 'internal error', UnavailableError, 'unavailable', 5],
  ['revocation', 400, 'certificate with serial 3f:0a not found.', RejectedError, 'unknown-serial', 4],
  ['revocation', 400, 'adding issuer (id: x) to its own CRL is not allowed', RejectedError, 'rejected', 4],
  [
    'revocation',
    500,
    'unable to verify signature on presented cert from any present issuer in this mount',
    RejectedError,
    'rejected',
    4,
  ],
  ['revocation', 500, "provided private key does not match certificate's public key", RejectedError, 'rejected', 4],
  ['other', 400, 'operation unavailable in namespaces', RejectedError, 'rejected', 4],
]

describe("Vault's texts", () => {
  it.each(table)('of a %s, %i %j', (purpose, status, text, Class, code, exitCode) => {
    const error = refuse(purpose, status, text)
    expect(error).toBeInstanceOf(Class)
    expect(error.constructor).toBe(Class)
    expect(error).toMatchObject({ code, exitCode, facts: { status } })
    expect(error.hint).toMatch(/^[a-z].*[^.]$/)
    expect(error.message).toMatch(/[^.!]$/)
    expect(error.message).not.toMatch(
      /\\n|\\t|errors? occurred|undefined|unable to (?!find|fetch|verify|use)|failed to (?!renew)/,
    )
  })

  it.each(table)('of a %s, %i %j: the message has its words and its object', (purpose, status, text, Class) => {
    const { message } = refuse(purpose, status, text)
    if (purpose !== 'token-lookup') expect(message).toMatch(/^(role "web"|https:\/\/vault\.corp:8200|the token)/)
    const isSaidInFull = /^https:\/\/\S+ is (sealed|not initialized|no Vault)/.test(message)
    const words = text
      .replace(/^\d+ errors? occurred:/, '')
      .split(/\n\t\* |\n/)
      .filter((word) => word !== '')
    for (const word of words) if (!isSaidInFull) expect(message).toContain(word.replace(/\.$/, ''))
    expect(Class).toBeDefined()
  })
})

describe('a refused key', () => {
  it.each([
    ['role requires keys of type rsa', 'rsa', undefined],
    ['role requires keys of type ec', 'ec', undefined],
    ['role requires keys of type ed25519', 'ed25519', undefined],
    ["role requires a minimum of a 384-bit key, but CSR's key is 256 bits", undefined, 384],
  ])('says what is demanded: %s', (text, algorithm, minimumBits) => {
    expect(refuse('certificate', 400, text)).toMatchObject({ requirement: { algorithm, minimumBits } })
  })

  it('is none of a kind that nobody knows', () => {
    expect(refuse('certificate', 400, 'role requires keys of type kyber')).not.toBeInstanceOf(KeyRefusedError)
  })
})

describe('a token past its max TTL', () => {
  it('is told from one that was never renewable', () => {
    expect(refuse('token-renewal', 500, 'past the max TTL, cannot renew')).toMatchObject({ pastMaxTtl: true })
    expect(refuse('token-renewal', 400, 'lease is not renewable')).toMatchObject({ pastMaxTtl: false })
  })

  it('is a matter of renewals alone', () => {
    expect(refuse('certificate', 500, 'past the max TTL, cannot renew')).toBeInstanceOf(UnavailableError)
  })
})

describe('a refusal with few words', () => {
  it.each([
    ['certificate', 400, 'role "web" refuses the request: status 400'],
    ['certificate', 403, 'the token may not use pki/sign/web: permission denied'],
    ['certificate', 404, `${server} has nothing at pki/sign/web: not found`],
    ['certificate', 429, `${server} throttles: too many requests`],
    ['certificate', 500, `${server} answers 500: without a reason`],
    ['certificate', 304, 'role "web" refuses the request: status 304'],
    ['token-lookup', 403, `${server} denies the token: permission denied`],
  ] as const)('of a %s, %i, is told by its status', (purpose, status, message) => {
    expect(refuse(purpose, status).message).toBe(message)
    expect(refuse(purpose, status, '', '\n').message).toBe(message)
  })

  it('with many texts has each of them once', () => {
    const error = refuse('certificate', 400, 'a', '2 errors occurred:\n\t* b\n\t* a\n\n')
    expect(error.message).toBe('role "web" refuses the request: a; b')
  })

  it('with a book for a text is cut', () => {
    const error = refuse(
      'certificate',
      400,
      'x'.repeat(100_000),
      'y'.repeat(100_000),
      ...Array.from('abcdefgh', (l) => l.repeat(999)),
    )
    expect(error.message.length).toBeLessThan(1100)
  })

  it('escapes control characters', () => {
    expect(refuse('certificate', 400, 'a\u001b]0;x\u0007\rb').message).toBe(
      String.raw`role "web" refuses the request: a\u{1b}]0;x\u{7}\rb`,
    )
  })

  it('carries how long the server wants to be left alone', () => {
    const retryAfter = Duration.ofSeconds(7)
    for (const [status, errors] of [
      [429, ['quota']],
      [503, ['Vault is sealed']],
      [503, undefined],
    ] as const) {
      const error = refusalError({ status, errors, excerpt: '', retryAfter }, asked('certificate'))
      expect(error).toMatchObject({ retryAfter })
    }
  })
})

describe("an answer that is not Vault's", () => {
  const html = '<html> <h1>502 Bad Gateway</h1>'

  it.each([
    [429, UnavailableError, 'throttled', 5],
    [412, UnavailableError, 'unavailable', 5],
    [500, UnavailableError, 'unavailable', 5],
    [502, UnavailableError, 'unavailable', 5],
    [400, ProtocolError, 'protocol', 6],
    [403, ProtocolError, 'protocol', 6],
    [404, ProtocolError, 'protocol', 6],
    [302, ProtocolError, 'protocol', 6],
  ] as const)('with status %i', (status, Class, code, exitCode) => {
    const error = foreign('certificate', { status, excerpt: html })
    expect(error.constructor).toBe(Class)
    expect(error).toMatchObject({ code, exitCode, facts: { status } })
    expect(error.message).toBe(`${server} answers ${status} with something that is not Vault's: ${html}`)
    expect(error.hint).toContain('--address')
  })

  it('and is empty is told as that', () => {
    expect(foreign('certificate', { status: 502 }).message).toBe(`${server} answers 502 without a reason`)
  })

  it.each([404, 405])('to a token look-up, %i: it is no Vault', (status) => {
    expect(foreign('token-lookup', { status, excerpt: html })).toMatchObject({ code: 'not-vault', exitCode: 6 })
  })

  it('is told apart when it asks for TLS', () => {
    const error = foreign('token-lookup', { status: 400, excerpt: 'Client sent an HTTP request to an HTTPS server.' })
    expect(error).toMatchObject({ exitCode: 6, hint: 'the server speaks TLS; write https:// in the address' })
  })
})

describe('isPermanentFailure', () => {
  it.each([
    'past the max TTL, cannot renew',
    'role "ci" does not exist during renewal',
    '1 error occurred:\n\t* could not fetch the CA certificate (was one set?): no default issuer\n\n',
    'unable to fetch corresponding key for issuer x',
  ])('knows %j', (text) => {
    expect(isPermanentFailure(['other', text])).toBe(true)
  })

  it.each([
    [[]],
    [['internal error']],
    [['Vault is sealed']],
    [['local node not active but active cluster node not found']],
  ])('takes %j for passing', (errors) => {
    expect(isPermanentFailure(errors)).toBe(false)
  })
})

describe('what nobody else tells', () => {
  it.each([
    ['token-lookup', 'token look-up'],
    ['login', 'login'],
  ] as const)('is which of the two a server that is no Vault does not know: %s', (purpose, what) => {
    expect(foreign(purpose, { status: 404 }).message).toBe(`${server} is no Vault: it knows no ${what} (status 404)`)
  })

  it.each([
    ['not initialized, by its status', 501, 'who knows'],
    ['not initialized, by its words', 503, 'Vault is not initialized'],
    ['not yet initialized', 503, 'server is not yet initialized'],
  ])('is that the server is %s', (_, status, words) => {
    expect(refuse('token-renewal', status, words)).toMatchObject({ code: 'uninitialized', exitCode: 5 })
  })

  it.each([
    ['login', '--auth-mount'],
    ['unwrapping', '--address'],
    ['token-renewal', 'VAULT_ADDR'],
    ['certificate', '--mount'],
  ] as const)('is where to look when there is nothing at the path of a %s', (purpose, advice) => {
    const error = refuse(purpose, 404, 'no handler for route')
    expect(error).toMatchObject({ code: 'not-found' })
    expect(error.hint).toContain(advice)
  })

  it('is that a login was denied, also without a word', () => {
    expect(refuse('login', 403)).toMatchObject({ code: 'denied', message: `${server} is denied: permission denied` })
  })

  it('is a token that its own renewal used up, and no other that was not found', () => {
    expect(refuse('token-renewal', 400, 'token not found')).toBeInstanceOf(TokenDeniedError)
    expect(refuse('token-renewal', 400, 'token not found in the attic')).toBeInstanceOf(RejectedError)
    expect(refuse('token-renewal', 400, 'the other token not found')).toBeInstanceOf(RejectedError)
  })

  it.each([
    ['1 error occurred:\n\t* permission denied\n\n', true],
    ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n', false],
    ['permission denied', false],
  ])('is of a token that lives where the server says so: %j', (words, lacksPolicy) => {
    expect(refuse('token-lookup', 403, words)).toMatchObject({ lacksPolicy })
  })
})
