import { processEnvironment } from '../config/environment.ts'
import { configDirectory, stateDirectory } from '../config/paths.ts'
import { ProfileStore } from '../config/profiles.ts'
import { resolveSettings, resolveSettingsPerProfile, type Settings, type SettingsInput } from '../config/settings.ts'
import { settingValues } from './setting-flags.ts'

/** What a command was told: parsed flags and the profiles that they name. */
export interface Told {
  readonly flags: object
  readonly profileNames: readonly string[]
}

/** By the parsed flags; the profile is the one that they name, or another in its place. */
export async function loadSettings(
  flags: { readonly profile?: string | undefined },
  profile = flags.profile,
): Promise<Settings> {
  return resolveSettings(await settingsInput({ flags, profileNames: profile === undefined ? [] : [profile] }))
}

export async function loadSettingsPerProfile(told: Told): Promise<readonly Settings[]> {
  return resolveSettingsPerProfile(await settingsInput(told))
}

export function profileStore(): ProfileStore {
  return new ProfileStore(configDirectory(processEnvironment()))
}

export function ownStateDirectory(): string {
  return stateDirectory(processEnvironment())
}

async function settingsInput({ flags, profileNames }: Told): Promise<SettingsInput> {
  return {
    flags: settingValues(flags),
    environment: processEnvironment(),
    profiles: await profileStore().read(),
    profileNames,
  }
}
