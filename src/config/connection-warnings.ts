import { isLoopback } from './address.ts'
import type { Settings } from './settings.ts'

/** What is dangerous about the connection to the Vault server, to be said at each run. */
export function connectionWarnings(settings: Settings): readonly string[] {
  return [...plainHttpWarnings(settings), ...skipVerifyWarnings(settings)]
}

function plainHttpWarnings({ address }: Settings): readonly string[] {
  if (address?.value.protocol !== 'http:' || isLoopback(address.value)) return []
  return [
    `the connection to ${address.value.origin} is not encrypted: anyone in between can read the token; use https (${address.source})`,
  ]
}

function skipVerifyWarnings({ tlsSkipVerify }: Settings): readonly string[] {
  if (!tlsSkipVerify.value) return []
  return [
    `the server's certificate is not verified: anyone in between can read the token; trust its CA with --ca-cert instead (${tlsSkipVerify.source})`,
  ]
}
