import * as z from 'zod/mini'
import { toldErrorSchema } from './deployment-entry.ts'

/** When a certificate is to be renewed, as the flags of the same names tell it. */
export const scheduleSchema = z.looseObject({
  renewBefore: z.optional(z.string()),
  /** Maintenance windows, like `Sat,Sun 02:00-04:00`. */
  window: z.optional(z.array(z.string())),
})

/** Renewals that failed since the last one that did not. */
export const attemptsSchema = z.looseObject({
  failures: z.number(),
  lastAt: z.string(),
  nextAt: z.string(),
  error: toldErrorSchema,
})

export type Schedule = z.infer<typeof scheduleSchema>
export type FailedAttempts = z.infer<typeof attemptsSchema>
