/** What logins find on the fake and on the real server alike; durations as Vault's API takes them. */
export interface TokenSettings {
  readonly token_policies?: readonly string[]
  readonly token_ttl?: string
  readonly token_explicit_max_ttl?: string
  readonly token_type?: 'service' | 'batch'
  readonly token_no_default_policy?: boolean
}

export interface ApproleFixture extends TokenSettings {
  readonly roleId: string
  /** Undefined: none is asked for. */
  readonly secretId?: string
}

export const approles: Readonly<Record<string, ApproleFixture>> = {
  web: { roleId: 'role-id-web', secretId: 'secret-id-of-web-planted', token_policies: ['pki'], token_ttl: '1h' },
  open: { roleId: 'role-id-open', token_policies: ['pki'], token_ttl: '1h' },
  short: { roleId: 'role-id-short', token_ttl: '8s', token_explicit_max_ttl: '8s' },
  batch: { roleId: 'role-id-batch', token_ttl: '8s', token_type: 'batch' },
  blind: { roleId: 'role-id-blind', token_ttl: '1h', token_policies: ['pki'], token_no_default_policy: true },
}

export const users: Readonly<Record<string, TokenSettings & { readonly password: string }>> = {
  ann: { password: 'planted pass-word', token_ttl: '1h', token_policies: ['pki'] },
}
