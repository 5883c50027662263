export type TokenType = 'service' | 'batch'

/** One token and its lease. Durations in seconds; zero is "none". */
export interface Token {
  readonly id: string
  readonly accessor: string
  readonly type: TokenType
  readonly policies: readonly string[]
  readonly meta: Readonly<Record<string, string>> | null
  readonly displayName: string
  readonly path: string
  readonly orphan: boolean
  readonly issuedAt: Date
  readonly creationTtl: number
  readonly period: number
  readonly explicitMaxTtl: number
  readonly renewable: boolean
  readonly entityId?: string
  readonly parent: Token | undefined
  readonly children: Set<Token>
  /** What ends with the token, such as certificates of a role with `generate_lease`. */
  readonly leases: (() => void)[]
  /** As created; `usesLeft` counts down to -1, which is "this request is the last". */
  readonly numUses: number
  usesLeft: number
  /** Undefined: it never expires. */
  expiresAt: Date | undefined
  /** What the next renewal repeats when it names no increment. */
  lastGrant: number
  lastRenewedAt: Date | undefined
}

/** The `data` of a look-up. */
export function describeToken(token: Token, now: Date): Record<string, unknown> {
  return {
    accessor: token.accessor,
    creation_time: unixSeconds(token.issuedAt),
    creation_ttl: token.creationTtl,
    display_name: token.displayName,
    entity_id: token.entityId ?? '',
    expire_time: token.expiresAt?.toISOString() ?? null,
    explicit_max_ttl: token.explicitMaxTtl,
    id: token.id,
    issue_time: token.issuedAt.toISOString(),
    ...(token.lastRenewedAt && {
      last_renewal: token.lastRenewedAt.toISOString(),
      last_renewal_time: unixSeconds(token.lastRenewedAt),
    }),
    meta: token.meta,
    num_uses: token.usesLeft,
    orphan: token.orphan,
    path: token.path,
    ...(token.period > 0 && { period: token.period }),
    policies: token.policies,
    renewable: token.renewable && token.expiresAt !== undefined && token.expiresAt > now,
    ttl: remainingSeconds(token, now),
    type: token.type,
  }
}

/** The `auth` block of a creation or renewal. */
export function describeGrant(token: Token, leaseSeconds: number): Record<string, unknown> {
  return {
    client_token: token.id,
    accessor: token.accessor,
    policies: token.policies,
    token_policies: token.policies,
    metadata: token.meta,
    lease_duration: leaseSeconds,
    renewable: token.renewable,
    entity_id: token.entityId ?? '',
    token_type: token.type,
    orphan: token.orphan,
    mfa_requirement: null,
    num_uses: token.numUses,
  }
}

/** Vault rounds its clock to a whole second and cuts off the difference: a fresh `60s` shows 59 or 60. */
function remainingSeconds(token: Token, now: Date): number {
  if (!token.expiresAt) return 0
  const roundedNow = Math.round(now.getTime() / 1000) * 1000
  return Math.trunc((token.expiresAt.getTime() - roundedNow) / 1000) || 0
}

function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
