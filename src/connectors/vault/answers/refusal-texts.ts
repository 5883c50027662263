import type { Purpose } from './refusal.ts'

/** Vault's own words are short; a server that sends a book is not quoted in full. */
const longest = 1000

/**
 * Vault's words on one line, without the frame of Go's multierror and the full stop:
 * `2 errors occurred:\n\t* a\n\t* b.\n\n` becomes `a; b`.
 */
export function plainWords(errors: readonly string[]): string {
  const parts = errors
    .flatMap((text) => text.slice(0, longest).split(/\d+ errors? occurred:|\n\t\* |\n/))
    .map((part) => part.trim().replace(/[.:]$/, ''))
    .filter((part) => part !== '')
  const words = [...new Set(parts)].join('; ')
  return words.length > longest ? `${words.slice(0, longest)}...` : words
}

/** The token will not be renewed, now or later. */
export function isNotRenewable(words: string): boolean {
  return [/lease is not renewable/, /batch tokens cannot be renewed/, /invalid lease ID/, ...finalRenewalTexts].some(
    (text) => text.test(words),
  )
}

/**
 * Vault refuses a token that it knows in the frame of Go's multierror, any other without, and newer servers add that it is
 * invalid.
 */
export function isOfPolicy(errors: readonly string[]): boolean {
  return errors.length === 1 && /^1 error occurred:\n\t\* permission denied\s*$/.test(errors[0]!)
}

export function isPastMaxTtl(words: string): boolean {
  return pastMaxTtl.test(words)
}

/** The mount lacks what signing or revoking takes. */
export function isPermanentPkiFailure(words: string): boolean {
  return permanentPkiTexts.some((text) => text.test(words))
}

/** Whether a 5xx is a verdict that no repetition changes: Vault answers some plain user errors with 500 (vault-api 5.5). */
export function isPermanentFailure(errors: readonly string[]): boolean {
  const words = plainWords(errors)
  return isPermanentPkiFailure(words) || finalRenewalTexts.some((text) => text.test(words))
}

/** What the operator can do about it: by Vault's text, else by what was asked for. */
export function hintFor(words: string, purpose: Purpose): string {
  return hints.find(([text]) => text.test(words))?.[1] ?? generalHints[purpose]
}

const pastMaxTtl = /past the max TTL, cannot renew/

const finalRenewalTexts = [
  pastMaxTtl,
  /original token role .* could not be found, not renewing/,
  /does not exist during renewal/,
  /client identity during renewal not matching/,
]

const permanentPkiTexts = [
  /could not fetch the CA certificate/,
  /unable to find PKI issuer/,
  /error fetching CA certificate/,
  /unable to fetch corresponding key for issuer/,
  /unable to verify signature on presented cert/,
  /provided private key does not match/,
]

const generalHints: Readonly<Record<Purpose, string>> = {
  'token-lookup': 'check --address and --namespace',
  'token-renewal': 'see what the token is with: certctl vault token-status',
  login: 'check the credentials, --auth-role, --auth-mount and --namespace',
  unwrapping: 'its time may be over, or somebody else has used it: find out who had it, and wrap a new secret id',
  certificate: 'see what the role allows with: vault read MOUNT/roles/ROLE',
  revocation: 'check the serial number, which is hex, and --mount',
  other: 'check --mount, --role, --issuer-ref and --namespace',
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/unknown role/, 'list the roles with: vault list MOUNT/roles, and pass one as --role'],
  [
    /(common name|subject alternate name|email address) .* not allowed/,
    'ask for a name that the role allows, or pass another --role',
  ],
  [
    /IP Subject Alternative Names|the IP address .* is not allowed/,
    'the role allows no such IP (allow_ip_sans, allowed_ip_sans_cidr); leave it out or pass another --role',
  ],
  [
    /URI Subject Alternative Names/,
    'the role allows no such URI (allowed_uri_sans); leave it out or pass another --role',
  ],
  [
    /common_name field is required/,
    'the role requires a common name (require_cn): give one of at most 64 characters, or pass another --role',
  ],
  [/RSA keys < \d+ bits/, 'use a key of 2048 bits or more'],
  [
    /unsupported elliptic curve|invalid ECDSA parameters|not recognized by Go/,
    'use an RSA key, an EC key of a NIST curve that it names, or an Ed25519 key',
  ],
  [/csr|certificate request|request signature/i, 'check the CSR with: openssl req -verify -noout -in FILE'],
  [/beyond the expiration of the CA/, 'the CA ends before that; ask for less with --ttl'],
  [/role key type "any" not allowed for issuing/, 'leave out --server-key; this role signs keys made here'],
  [
    /Either ttl or not_after/,
    'the role sets the end itself (not_after): leave out --ttl, and CERTCTL_VAULT_TTL or the TTL of the profile',
  ],
  [/field "ttl"/, 'write --ttl like 90s, 12h or 30d'],
  [/one use left/, 'log in again: the token has no use left'],
  [
    /no default issuer|unable to find PKI issuer|error fetching CA|could not fetch the CA|unable to fetch corresponding/,
    'the mount has no such issuer, or it may not sign; check --mount and --issuer-ref',
  ],
  [/unable to verify signature on presented cert/, 'another mount issued the certificate; check --mount'],
]
