import { ConfigError } from '../core/errors.ts'
import { findVariable, type Environment } from './environment.ts'
import type { SavedProfiles } from './profile-schema.ts'
import type { RawValues } from './setting-definitions.ts'

/** The profile that a run goes by. */
export interface ChosenProfile {
  readonly name: string
  readonly values: RawValues
  /** Named by `--profile` or `CERTCTL_PROFILE`, and not only the one in use. */
  readonly isNamed: boolean
}

/** The one that `--profile` names, else `CERTCTL_PROFILE`, else the one in use. Throws ConfigError when it is not saved. */
export function chooseProfile(
  flag: string | undefined,
  environment: Environment,
  saved: SavedProfiles,
): ChosenProfile | undefined {
  if (flag !== undefined) return profileCalled(flag, saved, '--profile', true)
  const variable = findVariable(environment, 'CERTCTL_PROFILE')
  if (variable) return profileCalled(variable.value, saved, variable.name, true)
  return saved.current === undefined ? undefined : profileCalled(saved.current, saved, 'the profile in use', false)
}

function profileCalled(name: string, saved: SavedProfiles, source: string, isNamed: boolean): ChosenProfile {
  const values = saved.profiles.get(name)
  if (!values) throw unknownProfile(name, saved, source)
  return { name, values, isNamed }
}

/** Lists the profiles that there are. */
export function unknownProfile(name: string, saved: SavedProfiles, source?: string): ConfigError {
  const known = [...saved.profiles.keys()]
  const hint =
    known.length > 0
      ? `known profiles: ${known.join(', ')}`
      : 'no profile is saved; make one: certctl profile set NAME --address URL'
  const origin = source === undefined ? '' : ` (${source})`
  return new ConfigError(`profile "${name}"${origin} does not exist`, { code: 'unknown-profile', hint })
}
