import type { ChosenProfile } from './chosen-profile.ts'
import { findVariable, type Environment, type Variable } from './environment.ts'
import type { Origin } from './parse-setting.ts'
import { settingDefinitions, type RawValues, type SettingKey } from './setting-definitions.ts'
import type { RawValue } from './setting-parsers.ts'

/** What settings are taken from. */
export interface Sources {
  readonly flags: RawValues
  readonly environment: Environment
  readonly profile: ChosenProfile | undefined
  /** One of several profiles at once: what concerns its issuer comes from the profile alone. */
  readonly isAlone: boolean
}

/** The order of precedence, the first wins. */
export const levels = ['flag', 'own-variable', 'named-profile', 'vault-variable', 'profile-in-use', 'default'] as const

export type Level = (typeof levels)[number]

export interface Finding extends Origin {
  readonly raw: RawValue
  readonly level: Level
}

/** The value that wins, not yet parsed: a bad one that is overridden does no harm. */
export function findSetting(key: SettingKey, sources: Sources): Finding | undefined {
  for (const level of levels) {
    const finding = lookUps[level](key, sources)
    if (finding) return { ...finding, level }
  }
  return undefined
}

type LookUp = (key: SettingKey, sources: Sources) => Omit<Finding, 'level'> | undefined

const lookUps: Readonly<Record<Level, LookUp>> = {
  flag(key, { flags }) {
    const raw = flags[key]
    return raw === undefined ? undefined : { raw, kind: 'flag', source: `--${settingDefinitions[key].flag}` }
  },
  'own-variable'(key, { environment }) {
    return fromVariable(findVariable(environment, ...settingDefinitions[key].ownVariables))
  },
  'named-profile'(key, { profile }) {
    return profile?.isNamed ? fromProfile(key, profile) : undefined
  },
  'vault-variable'(key, { environment, isAlone }) {
    return isAlone ? undefined : fromVariable(findVariable(environment, ...settingDefinitions[key].vaultVariables))
  },
  'profile-in-use'(key, { profile }) {
    return profile && !profile.isNamed ? fromProfile(key, profile) : undefined
  },
  default(key) {
    const raw = settingDefinitions[key].default
    return raw === undefined ? undefined : { raw, kind: 'default', source: 'default' }
  },
}

function fromVariable(variable: Variable | undefined): Omit<Finding, 'level'> | undefined {
  return variable && { raw: variable.value, kind: 'variable', source: variable.name }
}

function fromProfile(key: SettingKey, profile: ChosenProfile): Omit<Finding, 'level'> | undefined {
  const raw = profile.values[key]
  return raw === undefined ? undefined : { raw, kind: 'profile', source: profileSource(profile) }
}

export function profileSource(profile: ChosenProfile): string {
  return `profile "${profile.name}"`
}
