import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SavedProfiles } from '../../../src/config/profile-schema.ts'
import type { RawValues } from '../../../src/config/setting-definitions.ts'
import { resolveSettings, type Settings, type SettingsInput } from '../../../src/config/settings.ts'

/** A directory that is gone when the test is over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'certctl-config-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export function savedProfiles(profiles: Readonly<Record<string, RawValues>>, current?: string): SavedProfiles {
  return { current, profiles: new Map(Object.entries(profiles)) }
}

export function settingsWith(input: Partial<SettingsInput>): Settings {
  return resolveSettings({ flags: {}, environment: {}, profiles: savedProfiles({}), profileNames: [], ...input })
}

/** What the function throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** What the promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not reject')
    },
    (error: unknown) => error,
  )
}
