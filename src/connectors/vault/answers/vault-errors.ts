import { AuthError, type CertctlError, RejectedError, UnavailableError } from '../../../core/errors.ts'
import type { Duration } from '../../../core/duration.ts'
import { KeyRefusedError, type KeyRequirement } from '../../connector.ts'
import { foreignAnswer, notVault } from './foreign-answer.ts'
import { type Asked, isPassing, type Refusal } from './refusal.ts'
import {
  hintFor,
  isNotRenewable,
  isOfPolicy,
  isPastMaxTtl,
  isPermanentPkiFailure,
  plainWords,
} from './refusal-texts.ts'
import { TokenDeniedError, TokenNotRenewableError } from '../token/token-api.ts'

interface Refused extends Asked {
  readonly words: string
  readonly facts: { readonly status: number }
  readonly retryAfter: Duration | undefined
  readonly lacksPolicy: boolean
}

/** The one place that knows what Vault's statuses and texts mean. */
export function refusalError(refusal: Refusal, asked: Asked): CertctlError {
  const { status, errors, retryAfter } = refusal
  if (errors === undefined) return foreignAnswer(refusal, asked)
  const lacksPolicy = isOfPolicy(errors)
  const refused = { ...asked, words: plainWords(errors), facts: { status }, retryAfter, lacksPolicy }
  return permanentRefusal(refused) ?? byStatus(refused)
}

function byStatus(refused: Refused): CertctlError {
  const { facts } = refused
  if (facts.status === 403) return denied(refused)
  if (facts.status === 404 || facts.status === 405) return absent(refused)
  if (isPassing(facts.status)) return unavailable(refused)
  return rejected(refused)
}

/** By its text alone, whatever the status: some verdicts come as 500. */
function permanentRefusal(refused: Refused): CertctlError | undefined {
  const { words, purpose, facts } = refused
  if (purpose === 'token-renewal') return notRenewable(refused)
  const requirement = keyRequirement(words)
  if (requirement) {
    return new KeyRefusedError(`${refused.object} refuses the key: ${words}`, requirement, {
      facts,
      hint: 'ask for another kind of key with --key-type',
    })
  }
  return isPermanentPkiFailure(words) ? rejected(refused) : undefined
}

function notRenewable(refused: Refused): CertctlError | undefined {
  const { words, facts } = refused
  // So Vault says when the renewal itself spent the token's last use.
  if (/^token not found$/.test(words)) return tokenDenied(refused)
  if (!isNotRenewable(words)) return undefined
  return new TokenNotRenewableError(`the token is not renewable: ${words}`, isPastMaxTtl(words), {
    facts,
    hint: 'log in again and replace the token before it expires',
  })
}

function keyRequirement(words: string): KeyRequirement | undefined {
  const type = /role requires keys of type (rsa|ec|ed25519)/.exec(words)
  const bits = /role requires a minimum of a (\d+)-bit key/.exec(words)
  if (!type && !bits) return undefined
  return {
    algorithm: type?.[1] as KeyRequirement['algorithm'],
    minimumBits: bits ? Number(bits[1]) : undefined,
  }
}

function rejected({ words, facts, object, purpose }: Refused): CertctlError {
  return new RejectedError(`${object} refuses the request: ${words || `status ${facts.status}`}`, {
    facts,
    hint: hintFor(words, purpose),
    ...(/certificate with serial .* not found/.test(words) ? { code: 'unknown-serial' } : {}),
  })
}

function denied(refused: Refused): CertctlError {
  const { words, facts, purpose, path } = refused
  const isOfToken = purpose === 'token-lookup' || purpose === 'token-renewal'
  if (purpose === 'login' || purpose === 'unwrapping') return loginDenied(refused)
  if (isOfToken || /invalid token/.test(words)) return tokenDenied(refused)
  return new AuthError(`the token may not use ${path}: ${words || 'permission denied'}`, {
    code: 'denied',
    facts,
    hint: 'see what the token may do with: certctl vault token-status',
  })
}

function tokenDenied({ words, facts, server, lacksPolicy }: Refused): CertctlError {
  const hint = lacksPolicy
    ? 'the token lives, but may not look itself up; the policy "default" would let it'
    : 'it may be expired, revoked or without the policy for its own look-up; log in again'
  return new TokenDeniedError(
    `${server} denies the token: ${words || 'permission denied'}`,
    { facts, hint },
    lacksPolicy,
  )
}

function loginDenied({ words, facts, object, purpose }: Refused): CertctlError {
  const message = `${object} is denied: ${words || 'permission denied'}`
  return new AuthError(message, { code: 'denied', facts, hint: hintFor(words, purpose) })
}

function absent({ words, facts, purpose, server, path }: Refused): CertctlError {
  if (purpose === 'token-lookup') return notVault(server, facts, purpose)
  return new RejectedError(`${server} has nothing at ${path}: ${words || 'not found'}`, {
    code: 'not-found',
    facts,
    hint: absenceHints[purpose] ?? 'check --mount, --role, --issuer-ref and --namespace',
  })
}

const absenceHints: Readonly<Partial<Record<Asked['purpose'], string>>> = {
  'token-renewal': 'check --address or VAULT_ADDR, its path included',
  login: 'check --auth-mount and --namespace',
  unwrapping: 'check --address and --namespace',
}

function unavailable({ words, facts, retryAfter, server }: Refused): CertctlError {
  const error = (what: string, code: string, hint: string): CertctlError =>
    new UnavailableError(`${server} ${what}`, { facts, retryAfter, code, hint })
  if (facts.status === 429) {
    return error(
      `throttles: ${words || 'too many requests'}`,
      'throttled',
      'try again later, or ask for less at a time',
    )
  }
  if (/is sealed/.test(words)) {
    // A server that was never initialized says the same.
    const hint = 'unseal it with: vault operator unseal; vault status tells whether it is initialized'
    return error('is sealed', 'sealed', hint)
  }
  if (facts.status === 501 || /not (yet )?initialized/.test(words)) {
    return error('is not initialized', 'uninitialized', 'initialize it with: vault operator init')
  }
  if (/no active Vault instance|active cluster node not found|local node not active/.test(words)) {
    return error(`has no leader: ${words}`, 'no-leader', 'try again when the cluster has elected one')
  }
  const hint = "try again later; the server's own log may say more"
  return error(`answers ${facts.status}: ${words || 'without a reason'}`, 'unavailable', hint)
}
