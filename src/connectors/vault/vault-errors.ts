import {
  AuthError,
  type CertctlError,
  ProtocolError,
  RejectedError,
  UnavailableError,
  type ErrorDetails,
} from '../../core/errors.ts'
import type { Duration } from '../../core/duration.ts'
import { KeyRefusedError } from '../connector.ts'
import { TokenDeniedError, TokenNotRenewableError } from './token-api.ts'

/** An answer that is no success, its texts printable and without the token. */
export interface Refusal {
  readonly status: number
  /** Vault's `errors`, or undefined when the body is not Vault's JSON. */
  readonly errors: readonly string[] | undefined
  /** The start of a body that is not Vault's. */
  readonly excerpt: string
  readonly retryAfter: Duration | undefined
}

/** What was asked of whom: the object of the message. */
export interface Asked {
  readonly purpose: 'token-lookup' | 'token-renewal' | 'certificate' | 'revocation' | 'other'
  /** As in `role "web"` or `the token`. */
  readonly object: string
  /** Such as `pki/sign/web`. */
  readonly path: string
  readonly server: string
}

/** The one place that knows what Vault's statuses and texts mean. */
export function refusalError(refusal: Refusal, asked: Asked): CertctlError {
  const { status, errors } = refusal
  if (errors === undefined) return foreignAnswer(refusal, asked)
  const words = errors.map(plainWords).join('; ')
  const permanent = permanentRefusal(words, status, asked)
  if (permanent) return permanent
  const facts = { status }
  if (status === 403) return denied(words, asked, facts)
  if (status === 404 || status === 405) return absent(words, asked, facts)
  if (status === 412 || status === 429 || status >= 500) return unavailable(refusal, words, asked)
  return new RejectedError(`${asked.object} refuses the request: ${words || `status ${status}`}`, {
    facts,
    hint: hintFor(words),
    ...(/certificate with serial .* not found/.test(words) ? { code: 'unknown-serial' } : {}),
  })
}

/** Whether a 5xx is a verdict that no repetition changes: Vault answers some plain user errors with 500. */
export function isPermanentFailure(errors: readonly string[]): boolean {
  const words = errors.map(plainWords).join('; ')
  return [...finalRenewalTexts, ...permanentPkiTexts].some((text) => text.test(words))
}

const notRenewableTexts = [/lease is not renewable/, /batch tokens cannot be renewed/, /invalid lease ID/]
const pastMaxTtlText = /past the max TTL, cannot renew/
const finalRenewalTexts = [
  pastMaxTtlText,
  /original token role .* could not be found, not renewing/,
  /does not exist during renewal/,
  /client identity during renewal not matching/,
]
const permanentPkiTexts = [
  /could not fetch the CA certificate/,
  /unable to find PKI issuer/,
  /error fetching CA certificate/,
  /unable to verify signature on presented cert/,
  /provided private key does not match/,
]

function permanentRefusal(words: string, status: number, asked: Asked): CertctlError | undefined {
  const facts = { status }
  if (asked.purpose === 'token-renewal') {
    const isFinal =
      notRenewableTexts.some((text) => text.test(words)) || finalRenewalTexts.some((text) => text.test(words))
    if (!isFinal) return undefined
    return new TokenNotRenewableError(`the token is not renewable: ${words}`, pastMaxTtlText.test(words), {
      facts,
      hint: 'log in again and replace the token before it expires',
    })
  }
  const refusedKey = keyRefusal(words, asked, facts)
  if (refusedKey) return refusedKey
  if (permanentPkiTexts.some((text) => text.test(words))) {
    return new RejectedError(`${asked.object} refuses the request: ${words}`, { facts, hint: hintFor(words) })
  }
  return undefined
}

function keyRefusal(words: string, asked: Asked, facts: ErrorDetails['facts']): CertctlError | undefined {
  const type = /role requires keys of type (rsa|ec|ed25519)/.exec(words)
  const bits = /role requires a minimum of a (\d+)-bit key/.exec(words)
  if (!type && !bits) return undefined
  const requirement = {
    algorithm: type?.[1] as 'rsa' | 'ec' | 'ed25519' | undefined,
    minimumBits: bits ? Number(bits[1]) : undefined,
  }
  return new KeyRefusedError(`${asked.object} refuses the key: ${words}`, requirement, {
    ...(facts ? { facts } : {}),
    hint: 'ask for another kind of key with --key-type',
  })
}

function denied(words: string, asked: Asked, facts: ErrorDetails['facts'] & object): CertctlError {
  const details = { facts, hint: 'see what the token may do with: certctl vault token-status' }
  if (asked.purpose === 'token-lookup' || asked.purpose === 'token-renewal') {
    return new TokenDeniedError(`${asked.server} denies the token: ${words || 'permission denied'}`, {
      facts,
      hint: 'it may be expired, revoked or without the policy for its own look-up; log in again',
    })
  }
  return new AuthError(`the token may not use ${asked.path}: ${words || 'permission denied'}`, {
    code: 'denied',
    ...details,
  })
}

function absent(words: string, asked: Asked, facts: ErrorDetails['facts'] & object): CertctlError {
  if (asked.purpose === 'token-lookup') {
    return new ProtocolError(
      `${asked.server} is no Vault: it knows no token look-up (status ${String(facts['status'])})`,
      {
        code: 'not-vault',
        facts,
        hint: 'check --address or VAULT_ADDR, its path included',
      },
    )
  }
  return new RejectedError(`${asked.server} has nothing at ${asked.path}: ${words || 'not found'}`, {
    code: 'not-found',
    facts,
    hint: 'check --mount, --role, --issuer-ref and --namespace',
  })
}

function unavailable(refusal: Refusal, words: string, asked: Asked): CertctlError {
  const { status, retryAfter } = refusal
  const details = { facts: { status }, retryAfter }
  if (status === 429) {
    return new UnavailableError(`${asked.server} throttles: ${words || 'too many requests'}`, {
      ...details,
      code: 'throttled',
    })
  }
  if (/is sealed/.test(words)) {
    // A server that was never initialized says the same.
    return new UnavailableError(`${asked.server} is sealed`, {
      ...details,
      code: 'sealed',
      hint: 'unseal it with: vault operator unseal; vault status tells whether it is initialized',
    })
  }
  if (status === 501 || /not (yet )?initialized/.test(words)) {
    return new UnavailableError(`${asked.server} is not initialized`, {
      ...details,
      code: 'uninitialized',
      hint: 'initialize it with: vault operator init',
    })
  }
  if (/no active Vault instance|active cluster node not found|local node not active/.test(words)) {
    return new UnavailableError(`${asked.server} has no leader: ${words}`, { ...details, code: 'no-leader' })
  }
  return new UnavailableError(`${asked.server} answers ${status}: ${words || 'without a reason'}`, details)
}

/** HTML from a proxy, an empty body, a web server that is no Vault. */
function foreignAnswer({ status, excerpt, retryAfter }: Refusal, asked: Asked): CertctlError {
  const facts = { status }
  const said = excerpt === '' ? 'without a body' : `with something that is not Vault's: ${excerpt}`
  const message = `${asked.server} answers ${status} ${said}`
  if (status === 429 || status === 412 || status >= 500) return new UnavailableError(message, { facts, retryAfter })
  if (asked.purpose === 'token-lookup' && (status === 404 || status === 405)) return absent('', asked, facts)
  const hint = /HTTP request to an HTTPS server/i.test(excerpt)
    ? 'the server speaks TLS; write https:// in the address'
    : 'check --address or VAULT_ADDR; a proxy may answer in the place of Vault'
  return new ProtocolError(message, { facts, hint })
}

/** Without the frame of Go's multierror: `2 errors occurred:\n\t* a\n\t* b\n\n` becomes `a; b`. */
export function plainWords(text: string): string {
  return text
    .replace(/\d+ errors? occurred:/g, '')
    .split(/\n\t\* |\n/)
    .map((part) => part.trim().replace(/:$/, ''))
    .filter((part) => part !== '')
    .join('; ')
}

/** By the start of Vault's text: what the operator can do about it. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/unknown role/, 'list the roles with: vault list MOUNT/roles, and pass one as --role'],
  [
    /(common name|subject alternate name|email address) .* not allowed/,
    'ask for a name that the role allows, or pass another --role',
  ],
  [
    /IP Subject Alternative Names are not allowed|the IP address .* is not allowed/,
    'the role allows no such IP (allow_ip_sans, allowed_ip_sans_cidr); leave it out or pass another --role',
  ],
  [
    /URI Subject Alternative Names/,
    'the role allows no such URI (allowed_uri_sans); leave it out or pass another --role',
  ],
  [/common_name field is required/, 'the role requires a common name'],
  [/csr|certificate request/i, 'check the CSR with: openssl req -verify -noout -in FILE'],
  [/beyond the expiration of the CA/, 'the CA ends before that; ask for less with --ttl'],
  [/role key type "any" not allowed for issuing/, 'leave out --server-key; this role signs keys made here'],
  [/field "ttl"/, 'write --ttl like 90s, 12h or 30d'],
  [
    /no default issuer|could not fetch the CA|unable to find PKI issuer/,
    'the mount has no such issuer; check --mount and --issuer-ref',
  ],
]

function hintFor(words: string): string | undefined {
  return hints.find(([text]) => text.test(words))?.[1]
}
