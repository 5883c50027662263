import * as z from 'zod/mini'
import { ConfigError } from '../core/errors.ts'
import { isSettingKey, type RawValues } from './setting-definitions.ts'
import type { RawValue } from './setting-parsers.ts'

export interface SavedProfiles {
  /** The profile in use. */
  readonly current: string | undefined
  readonly profiles: ReadonlyMap<string, RawValues>
}

export const noProfiles: SavedProfiles = { current: undefined, profiles: new Map() }

export const profileNamePattern = /^(?!-|\.{1,2}$|__proto__$)[A-Za-z0-9._-]+$/

const version = 1

/** Throws ConfigError naming the file and the place in it; values are not shown. */
export function parseSavedProfiles(content: unknown, file: string): SavedProfiles {
  refuseNewerVersion(content, file)
  const parsed = documentSchema().safeParse(content)
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
    throw invalidFile(file, place === '' ? 'it holds no profiles' : `${place} is not as certctl writes it`)
  }
  const { current, profiles } = parsed.data
  const entries = Object.entries(profiles).map(([name, values]) => [name, parseValues(name, values, file)] as const)
  return { current, profiles: new Map(entries) }
}

export function formatSavedProfiles({ current, profiles }: SavedProfiles): Record<string, unknown> {
  return { schema: version, ...(current === undefined ? {} : { current }), profiles: Object.fromEntries(profiles) }
}

export function invalidFile(file: string, reason: string): ConfigError {
  return new ConfigError(`the file of profiles ${file} is broken: ${reason}`, {
    code: 'broken-profiles',
    hint: 'mend it or move it away; certctl leaves it as it is',
  })
}

type SavedValue = string | boolean | number | string[]

/** Made when there is a file to read: making a schema takes longer than checking by it. */
function documentSchema() {
  const value = z.union([z.string(), z.boolean(), z.number(), z.array(z.string())])
  return z.object({
    schema: z.literal(version),
    current: z.optional(z.string()),
    profiles: z.record(z.string().check(z.regex(profileNamePattern)), z.record(z.string(), value)),
  })
}

function refuseNewerVersion(content: unknown, file: string): void {
  const parsed = z.object({ schema: z.number() }).safeParse(content)
  if (!parsed.success || parsed.data.schema <= version) return
  throw new ConfigError(`the file of profiles ${file} is from a newer version of certctl`, { hint: 'update certctl' })
}

function parseValues(name: string, values: Readonly<Record<string, SavedValue>>, file: string): RawValues {
  const raw: Record<string, RawValue> = {}
  for (const [key, written] of Object.entries(values)) {
    if (!isSettingKey(key)) throw invalidFile(file, `profile "${name}" has the unknown key ${key}`)
    raw[key] = typeof written === 'number' ? String(written) : written
  }
  return raw
}
