import { ConfigError, UsageError } from '../core/errors.ts'
import { chooseProfile, type ChosenProfile } from './chosen-profile.ts'
import { findVariable, type Environment } from './environment.ts'
import { parseSetting } from './parse-setting.ts'
import type { SavedProfiles } from './profile-schema.ts'
import {
  settingDefinitions,
  settingKeys,
  type IssuerKind,
  type RawValues,
  type SettingKey,
  type SettingValues,
} from './setting-definitions.ts'
import { findSetting, type Sources } from './sources.ts'

/** A value and where it came from: `--address`, `VAULT_ADDR`, `profile "prod"` or `default`. */
export interface Sourced<T> {
  readonly value: T
  readonly source: string
}

type DefaultedKey = 'mount' | 'tlsSkipVerify' | 'timeout' | 'maxRetries' | 'allowRedirectHost' | 'logLevel'

/** The token's file is missing: the token has its own order of sources (`token-source.ts`). */
type ReadKey = Exclude<SettingKey, 'tokenFile'>

type SourcedValues = {
  readonly [Key in ReadKey]: Sourced<SettingValues[Key]> | (Key extends DefaultedKey ? never : undefined)
}

/**
 * The settings of one run. Each value is parsed when it is first asked for, and only the one that wins: an invalid
 * one then throws ConfigError. Flags are parsed at once.
 */
export interface Settings extends SourcedValues {
  readonly profile: ChosenProfile | undefined
  readonly sources: Sources
}

export interface SettingsInput {
  readonly flags: RawValues
  readonly environment: Environment
  readonly profiles: SavedProfiles
  /** The values of `--profile`. */
  readonly profileNames: readonly string[]
}

/** Throws UsageError for an invalid flag, ConfigError for a profile that does not exist. */
export function resolveSettings({ flags, environment, profiles, profileNames }: SettingsInput): Settings {
  const [name, ...others] = profileNames
  if (others.length > 0) throw new UsageError('--profile is given more than once', { hint: 'give one profile' })
  return settingsFrom({ flags, environment, profile: chooseProfile(name, environment, profiles), isAlone: false })
}

/**
 * One run's settings for each profile. With more than one, what concerns an issuer comes from its profile alone:
 * neither `BAO_` nor `VAULT_` variables count, and a flag or `CERTCTL_` variable for all is a UsageError.
 */
export function resolveSettingsPerProfile(input: SettingsInput): readonly Settings[] {
  const { flags, environment, profiles, profileNames } = input
  if (profileNames.length < 2) return [resolveSettings(input)]
  refuseRepeated(profileNames)
  refuseForAll(flags, environment)
  return profileNames.map((name) =>
    settingsFrom({ flags, environment, profile: chooseProfile(name, environment, profiles), isAlone: true }),
  )
}

/** `vault` when an address is known. Throws ConfigError, naming both ways, when neither is. */
export function issuerKind(settings: Settings): Sourced<IssuerKind> {
  if (settings.issuer) return settings.issuer
  if (settings.address) return { value: 'vault', source: settings.address.source }
  throw new ConfigError(
    `no issuer is known${ofProfile(settings)}: give --address (or VAULT_ADDR) for a Vault, or --issuer local for the embedded CA`,
    { code: 'no-issuer', hint: 'to save it for all commands: certctl profile set NAME --address URL' },
  )
}

export function requireAddress(settings: Settings): Sourced<URL> {
  return settings.address ?? refuseMissing(settings, 'addr', 'give --address URL or set VAULT_ADDR')
}

export function requireRole(settings: Settings): Sourced<string> {
  return settings.role ?? refuseMissing(settings, 'role', 'give --role NAME or set CERTCTL_VAULT_ROLE')
}

/** Throws `token is required` and the like; of several profiles, the one is named. */
export function refuseMissing(settings: Settings, what: string, hint: string): never {
  const { sources, profile } = settings
  const advice = sources.isAlone && profile ? `save it there: certctl profile set ${profile.name} ...` : hint
  throw new ConfigError(`${what} is required${ofProfile(settings)}`, { code: `no-${what}`, hint: advice })
}

function ofProfile({ sources, profile }: Settings): string {
  return sources.isAlone && profile ? ` for profile "${profile.name}"` : ''
}

function settingsFrom(sources: Sources): Settings {
  const values = Object.defineProperties({}, Object.fromEntries(settingKeys.map((key) => [key, lazily(key, sources)])))
  for (const key of settingKeys) parseFlag(key, sources)
  return Object.assign(values as SourcedValues, { profile: sources.profile, sources })
}

function lazily(key: SettingKey, sources: Sources): PropertyDescriptor {
  let resolved: { readonly setting: Sourced<unknown> | undefined } | undefined
  return { enumerable: true, get: () => (resolved ??= { setting: resolve(key, sources) }).setting }
}

function resolve(key: SettingKey, sources: Sources): Sourced<unknown> | undefined {
  const finding = findSetting(key, sources)
  return finding && { value: parseSetting(key, finding.raw, finding), source: finding.source }
}

function parseFlag(key: SettingKey, sources: Sources): void {
  const finding = findSetting(key, sources)
  if (finding?.level === 'flag') parseSetting(key, finding.raw, finding)
}

function refuseRepeated(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated === undefined) return
  throw new UsageError(`--profile ${repeated} is given more than once`, { hint: 'name each profile once' })
}

function refuseForAll(flags: RawValues, environment: Environment): void {
  const perIssuer = settingKeys.filter((key) => settingDefinitions[key].isPerIssuer)
  const flag = perIssuer.find((key) => flags[key] !== undefined)
  const names = perIssuer.flatMap((key) => settingDefinitions[key].ownVariables)
  const variable = findVariable(environment, 'CERTCTL_VAULT_TOKEN', ...names)
  const culprit = flag === undefined ? variable?.name : `--${settingDefinitions[flag].flag}`
  if (culprit === undefined) return
  throw new UsageError(`${culprit} would set the same for all of several profiles`, {
    hint: `save it in each profile (certctl profile set NAME ...) and leave out ${culprit}`,
  })
}
