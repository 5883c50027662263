import * as z from 'zod/mini'
import { Duration } from '../../core/duration.ts'
import type { TokenFacts } from './token-api.ts'

// Only what certctl uses is checked; Vault and OpenBao add fields with every release.
const texts = z._default(z.nullable(z.array(z.string())), [])
const seconds = z.number().check(z.nonnegative(), z.lt(1e12))
// RFC 3339; Date.parse alone takes `0` for the year 2000.
const timestamp = z
  .string()
  .check(z.refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))))

export const errorReply = z.object({ errors: z._default(z.nullable(z.array(z.unknown())), []) })

const envelope = { warnings: z.optional(texts) }

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

/** `auth/:mount/login`. With an empty token a second factor is asked for. */
export const loginReply = z.object({
  ...envelope,
  auth: z.object({ client_token: z.string(), accessor: z.string(), lease_duration: seconds, renewable: z.boolean() }),
})

export const wrappingReply = z.object({ data: z.object({ creation_path: z.string() }) })

export const secretIdReply = z.object({ data: z.object({ secret_id: z.string() }) })

/** `sign/:role` and `issue/:role`; `ca_chain` is missing where there is none. */
export const certificateReply = z.object({
  ...envelope,
  lease_id: z.optional(z.string()),
  data: z.object({
    certificate: z.string(),
    issuing_ca: z.optional(z.string()),
    ca_chain: z.optional(texts),
    serial_number: z.string(),
    private_key: z.optional(z.string()),
  }),
})

export const revocationReply = z.object({
  ...envelope,
  data: z.nullable(z.object({ revocation_time: seconds })),
})

export const issuerReply = z.object({
  data: z.object({ certificate: z.string(), ca_chain: z.optional(texts) }),
})

export const roleReply = z.object({
  data: z.object({ key_type: z.string(), key_bits: z.optional(z.number()), max_ttl: z.optional(z.number()) }),
})

export const capabilitiesReply = z.object({ data: z.record(z.string(), z.unknown()) })

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
