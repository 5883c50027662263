import * as z from 'zod/mini'
import { Duration } from '../../../core/duration.ts'
import type { TokenFacts } from '../token/token-api.ts'

// Only what certctl uses is checked; Vault and OpenBao add fields with every release.
export const texts = z._default(z.nullable(z.array(z.string())), [])
export const seconds = z.number().check(z.nonnegative(), z.lt(1e12))
// RFC 3339; Date.parse alone takes `0` for the year 2000.
const timestamp = z
  .string()
  .check(z.refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))))

export const errorReply = z.object({ errors: z._default(z.nullable(z.array(z.unknown())), []) })

export const envelope = { warnings: z.optional(texts) }

/** `auth/token/lookup-self`; vault-api 1.2 says which fields may be missing. */
export const lookupReply = z.object({
  ...envelope,
  data: z.object({
    accessor: z.string(),
    creation_time: seconds,
    creation_ttl: seconds,
    display_name: z.string(),
    entity_id: z.optional(z.string()),
    expire_time: z.nullable(timestamp),
    explicit_max_ttl: seconds,
    issue_time: z.optional(z.nullable(timestamp)),
    last_renewal: z.optional(z.nullable(timestamp)),
    num_uses: z.number(),
    orphan: z.boolean(),
    path: z.optional(z.string()),
    period: z.optional(seconds),
    policies: texts,
    identity_policies: z.optional(texts),
    renewable: z.optional(z.boolean()),
    role: z.optional(z.string()),
    ttl: seconds,
    type: z.string(),
  }),
})

/** `auth/token/renew-self`. Without an `auth` block nothing was renewed. */
export const renewalReply = z.object({
  ...envelope,
  auth: z.object({ lease_duration: seconds, renewable: z.boolean() }),
})

/** `sys/internal/ui/mounts/PATH` */
export const mountReply = z.object({ data: z.object({ config: z.object({ max_lease_ttl: seconds }) }) })

export const healthReply = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  standby: z.optional(z.boolean()),
  version: z.optional(z.string()),
})

export function tokenFacts(reply: z.infer<typeof lookupReply>): TokenFacts {
  const { data } = reply
  return {
    accessor: data.accessor === '' ? null : data.accessor,
    displayName: data.display_name,
    type: data.type,
    policies: [...new Set([...(data.policies ?? []), ...(data.identity_policies ?? [])])],
    ttl: Duration.ofSeconds(data.ttl),
    expiresAt: date(data.expire_time),
    renewable: data.renewable ?? false,
    creationTtl: Duration.ofSeconds(data.creation_ttl),
    period: limit(data.period),
    explicitMaxTtl: limit(data.explicit_max_ttl),
    usesLeft: data.num_uses === 0 ? null : data.num_uses,
    orphan: data.orphan,
    issuedAt: date(data.issue_time) ?? new Date(data.creation_time * 1000),
    lastRenewalAt: date(data.last_renewal),
    entityId: data.entity_id === undefined || data.entity_id === '' ? null : data.entity_id,
    role: data.role === undefined || data.role === '' ? null : data.role,
    path: data.path ?? null,
    warnings: reply.warnings ?? [],
  }
}

/** Vault writes 0 for "none". */
function limit(value: number | undefined): Duration | null {
  return value === undefined || value === 0 ? null : Duration.ofSeconds(value)
}

function date(text: string | null | undefined): Date | null {
  return text === null || text === undefined ? null : new Date(text)
}
