import type { Environment } from '../../config/environment.ts'
import type { Secret } from '../../core/secret.ts'

export interface ProgramVault {
  /** The token itself, or the file that always holds a good one. */
  readonly token: { readonly value: Secret } | { readonly file: string }
  readonly address: string | undefined
  readonly namespace: string | undefined
}

/** What would win over the variables that are set, or concerns this process alone. */
const replaced = [
  ...['CERTCTL_VAULT_TOKEN', 'BAO_TOKEN', 'VAULT_TOKEN', 'CERTCTL_VAULT_TOKEN_FILE'],
  ...['CERTCTL_VAULT_ADDR', 'BAO_ADDR', 'VAULT_ADDR'],
  ...['CERTCTL_VAULT_NAMESPACE', 'BAO_NAMESPACE', 'VAULT_NAMESPACE'],
  ...['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'CERTCTL_DISABLE_THEME'],
]

/** The variables of this process, with those about Vault as the program beside it shall see them. */
export function programEnvironment(own: Environment, { token, address, namespace }: ProgramVault): Environment {
  const kept = Object.entries(own).filter(([name]) => !replaced.includes(name))
  return {
    ...Object.fromEntries(kept),
    ...('value' in token ? { VAULT_TOKEN: token.value.reveal() } : { CERTCTL_VAULT_TOKEN_FILE: token.file }),
    ...(address === undefined ? {} : { VAULT_ADDR: address }),
    ...(namespace === undefined ? {} : { VAULT_NAMESPACE: namespace }),
  }
}
