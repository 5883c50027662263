import { type CertctlError, ProtocolError, UnavailableError } from '../../../core/errors.ts'
import { type Asked, isPassing, type Refusal } from './refusal.ts'

/** HTML from a proxy, an empty body, a web server that is no Vault. */
export function foreignAnswer({ status, excerpt, retryAfter }: Refusal, { server, purpose }: Asked): CertctlError {
  const facts = { status }
  const said = excerpt === '' ? 'without a reason' : `with something that is not Vault's: ${excerpt}`
  const message = `${server} answers ${status} ${said}`
  const hint = 'check --address or VAULT_ADDR; a proxy may answer in the place of Vault'
  if (isPassing(status)) {
    const code = status === 429 ? { code: 'throttled' } : {}
    return new UnavailableError(message, { facts, retryAfter, ...code, hint: `try again later, or ${hint}` })
  }
  const isAbsent = status === 404 || status === 405
  if (isAbsent && (purpose === 'token-lookup' || purpose === 'login')) return notVault(server, facts, purpose)
  const speaksTls = /HTTP request to an HTTPS server/i.test(excerpt)
  return new ProtocolError(message, {
    facts,
    hint: speaksTls ? 'the server speaks TLS; write https:// in the address' : hint,
  })
}

export function notVault(
  server: string,
  facts: { readonly status: number },
  purpose: 'token-lookup' | 'login',
): CertctlError {
  const unknown = purpose === 'login' ? 'login' : 'token look-up'
  return new ProtocolError(`${server} is no Vault: it knows no ${unknown} (status ${facts.status})`, {
    code: 'not-vault',
    facts,
    hint: 'check --address or VAULT_ADDR, its path included',
  })
}
