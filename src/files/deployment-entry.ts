import * as z from 'zod/mini'
import { issuerSchema } from './certificate-record.ts'

const texts = z.optional(z.array(z.string()))

/** How a certificate gets into use once it is published: the flags of the same names. */
export const deploymentSchema = z.looseObject({
  /** Commands with their arguments, quoted as in a shell. */
  deploy: texts,
  deployShell: texts,
  reloadUnit: texts,
  /** `PATH:SIGNAL`, the path absolute. */
  signalPidFile: texts,
  /** Runs each hook for each certificate, also where several have the same one. */
  deployEach: z.optional(z.boolean()),
  deployTimeoutSeconds: z.optional(z.number()),
  onFailure: texts,
  /** `HOST:PORT[,starttls=PROTOCOL][,name=NAME]`. */
  probe: texts,
  probeTimeoutSeconds: z.optional(z.number()),
  revokePrevious: z.optional(z.boolean()),
})

export const toldErrorSchema = z.looseObject({ code: z.string(), message: z.string() })

/** A deployment that is owed: recorded before anything is shown, so that no end of a run makes it forgotten. */
export const pendingSchema = z.looseObject({
  /** SHA-256 of the certificate that was published. */
  fingerprint: z.string(),
  since: z.string(),
  /** How often it was tried, and what became of the last try. */
  tries: z.number(),
  error: z.optional(toldErrorSchema),
})

/** Certificates that are to be revoked once their successor is deployed. */
export const supersededSchema = z.array(
  z.looseObject({
    serial: z.string(),
    /** In PEM: an issuer that stores nothing wants to see it. */
    certificate: z.string(),
    issuer: issuerSchema,
  }),
)

export type Deployment = z.infer<typeof deploymentSchema>
export type PendingDeployment = z.infer<typeof pendingSchema>
export type SupersededCertificate = z.infer<typeof supersededSchema>[number]
export type ToldError = z.infer<typeof toldErrorSchema>
