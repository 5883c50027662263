import * as z from 'zod/mini'
import { envelope, seconds } from '../answers/vault-replies.ts'

/** `auth/:mount/login`. With an empty token a second factor is asked for. */
export const loginReply = z.object({
  ...envelope,
  auth: z.object({ client_token: z.string(), accessor: z.string(), lease_duration: seconds, renewable: z.boolean() }),
})

export const wrappingReply = z.object({ data: z.object({ creation_path: z.string() }) })

/** What came in the place of an answer; the names are those of the server. */
export const wrappedReply = z.object({
  wrap_info: z.object({
    token: z.string().check(z.minLength(1)),
    accessor: z.string(),
    ttl: seconds,
    creation_time: z.string(),
    creation_path: z.string(),
  }),
})

export const secretIdReply = z.object({ data: z.object({ secret_id: z.string() }) })
