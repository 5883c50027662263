import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import * as z from 'zod/mini'
import { FileError } from '../core/errors.ts'
import { deploymentSchema, pendingSchema, supersededSchema } from './deployment-entry.ts'
import { fileError, isMissing } from './file-error.ts'
import { readAtOnce } from './read-at-once.ts'
import { attemptsSchema, scheduleSchema } from './schedule-entry.ts'
import { shellWord } from './shell-word.ts'
import { assertTrusted } from './trusted-path.ts'

export const keyFormats = ['pkcs8', 'traditional'] as const
export type KeyFormat = (typeof keyFormats)[number]

const text = z.optional(z.string())

/** What is published beside the directory, and for whom: the flags of the same names. Paths are absolute. */
const outputsSchema = z.looseObject({
  certFile: text,
  keyFile: text,
  chainFile: text,
  fullchainFile: text,
  caFile: text,
  combinedFile: text,
  derFile: text,
  pkcs12File: text,
  pkcs12PasswordFile: text,
  pkcs12Alias: text,
  pkcs12Legacy: z.optional(z.boolean()),
  keyFormat: z.optional(z.enum(keyFormats)),
  keyPasswordFile: text,
  /** Octal, like `0640`. */
  keyMode: text,
  certMode: text,
  /** By name or number. */
  owner: text,
  group: text,
})

/** What was taken over from another tool. */
const adoptedSchema = z.looseObject({
  /** The directory or file that it is known by, absolute. */
  path: z.string(),
  at: z.string(),
  /** Paths among the outputs: what is put there keeps owner and mode of what is there, and a link gives way. */
  files: z.array(z.string()),
})

const entrySchema = z.looseObject({
  schema: z.literal(1),
  /** The real path of the certificate directory. */
  directory: z.string(),
  outputs: z.optional(outputsSchema),
  /** SHA-256, by their paths, of the files among them that come out differently each time they are made. */
  digests: z.optional(z.record(z.string(), z.string())),
  /** What was published before the last version was gone back to; its successor ends this. */
  undone: z.optional(z.looseObject({ serial: z.string(), at: z.string() })),
  deployment: z.optional(deploymentSchema),
  pending: z.optional(pendingSchema),
  /** Where an issuer of what is published ends before it, and with that the trust in it. */
  issuerEndsAt: z.optional(z.string()),
  /** What was last proven to be in use: by its hooks and probes. */
  deployed: z.optional(z.looseObject({ fingerprint: z.string(), at: z.string() })),
  superseded: z.optional(supersededSchema),
  /** Serials of the last ones that were revoked: nothing goes back to them. */
  revoked: z.optional(z.array(z.string())),
  schedule: z.optional(scheduleSchema),
  adopted: z.optional(adoptedSchema),
  attempts: z.optional(attemptsSchema),
})

export type Adopted = z.infer<typeof adoptedSchema>
export type Outputs = z.infer<typeof outputsSchema>

/** What this host knows of a certificate beyond its directory. Keys that this version does not know are kept. */
export type InventoryEntry = z.infer<typeof entrySchema>

/** Undefined where there is none. FileError for one that makes no sense, or that others may change. */
export function readInventoryEntry(path: string): InventoryEntry | undefined {
  const json = readIfThere(path)
  if (json === undefined) return undefined
  const result = entrySchema.safeParse(parseJson(json, path))
  if (result.success) return result.data
  const place = result.error.issues[0]?.path.join('.') ?? ''
  throw broken(path, place === '' ? 'it is no JSON object' : `"${place}" is missing or has a wrong value`)
}

export function formatInventoryEntry(entry: InventoryEntry): string {
  return `${JSON.stringify(entry)}\n`
}

// Synchronously: for a small file that takes a fraction of what the turns of the thread pool would.
function readIfThere(path: string): string | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw fileError(error, path, 'read')
  }
  try {
    assertTrusted(fstatSync(descriptor), path)
    return readAtOnce(descriptor)
  } catch (error) {
    throw fileError(error, path, 'read')
  } finally {
    closeSync(descriptor)
  }
}

function parseJson(json: string, path: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw broken(path, 'it is no JSON', error)
  }
}

function broken(path: string, what: string, cause?: unknown): FileError {
  return new FileError(`${path} is broken: ${what}`, {
    code: 'broken-entry',
    hint: `restore it from a backup, or have this host forget what it says: rm ${shellWord(path)}`,
    cause,
    facts: { path },
  })
}
