import * as z from 'zod/mini'
import { envelope, seconds, texts } from '../answers/vault-replies.ts'

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

/** Of a role what decides whether a request is granted. Older servers lack some of it; then it is not held against one. */
export const roleReply = z.object({
  data: z.object({
    key_type: z.string(),
    key_bits: z.optional(z.number()),
    max_ttl: z.optional(z.number()),
    generate_lease: z.optional(z.nullable(z.boolean())),
    no_store: z.optional(z.boolean()),
    /** RFC 3339, empty where the role leaves the end to the TTL. */
    not_after: z._default(z.string(), ''),
    cn_validations: z.optional(texts),
    require_cn: z._default(z.boolean(), false),
    enforce_hostnames: z._default(z.boolean(), false),
    allow_any_name: z._default(z.boolean(), true),
    allow_localhost: z._default(z.boolean(), true),
    allow_bare_domains: z._default(z.boolean(), true),
    allow_subdomains: z._default(z.boolean(), true),
    allow_glob_domains: z._default(z.boolean(), true),
    allow_wildcard_certificates: z._default(z.boolean(), true),
    allowed_domains: texts,
    /** Names may then also come from the token's identity, which is not asked for here. */
    allowed_domains_template: z._default(z.boolean(), false),
    allow_token_displayname: z._default(z.boolean(), false),
    allow_ip_sans: z._default(z.boolean(), true),
    allowed_uri_sans: z.optional(texts),
    allowed_uri_sans_template: z._default(z.boolean(), false),
  }),
})

export type PkiRole = z.infer<typeof roleReply>['data']

export const capabilitiesReply = z.object({ data: z.record(z.string(), z.unknown()) })
