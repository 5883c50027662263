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

export const roleReply = z.object({
  data: z.object({ key_type: z.string(), key_bits: z.optional(z.number()), max_ttl: z.optional(z.number()) }),
})

export const capabilitiesReply = z.object({ data: z.record(z.string(), z.unknown()) })
