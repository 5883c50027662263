import { withoutTokens } from '../core/tokens-in-use.ts'

/** In PEM, whole or without its end; and the end of one whose beginning is cut off. */
const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g
const endOfKey = /^[^]*-----END [A-Z ]*PRIVATE KEY-----/

/** As Vault and OpenBao make them: service, batch and recovery tokens. Where nothing is due, certctl reads none itself. */
const token = /\bhv[sbr]\.[\w-]{20,}/g

/** What a hook says without tokens, those of this run in whatever form, and without private keys: it is kept and shown. */
export function withoutSecrets(text: string): string {
  return [key, endOfKey, token].reduce((rest, secret) => rest.replace(secret, '[redacted]'), withoutTokens(text))
}
