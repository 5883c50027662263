import { ConfigError, UsageError } from '../core/errors.ts'
import type { Problem } from './parsed.ts'
import { settingDefinitions, type SettingKey, type SettingValues } from './setting-definitions.ts'
import type { RawValue } from './setting-parsers.ts'

/** Where a value was found. */
export interface Origin {
  readonly kind: 'flag' | 'variable' | 'profile' | 'default'
  /** `--address`, `VAULT_ADDR`, `profile "prod"` or `default`. */
  readonly source: string
}

/** The setting's value. Throws UsageError for a flag and ConfigError for anything else that is invalid. */
export function parseSetting<Key extends SettingKey>(key: Key, raw: RawValue, origin: Origin): SettingValues[Key] {
  const parsed = settingDefinitions[key].parse(raw)
  if ('problem' in parsed) throw invalidSetting(key, raw, origin, parsed)
  return parsed.value
}

function invalidSetting(key: SettingKey, raw: RawValue, origin: Origin, problem: Problem): Error {
  const name = origin.kind === 'profile' ? `${key} in ${origin.source}` : origin.source
  const text = problem.holdsSecret ? problem.problem : `"${abbreviated(raw)}" ${problem.problem}`
  const details = { hint: problem.hint ?? settingDefinitions[key].hint, facts: { setting: key, source: origin.source } }
  const ErrorClass = origin.kind === 'flag' && !problem.isMisplaced ? UsageError : ConfigError
  return new ErrorClass(`${name} is invalid: ${text}`, details)
}

function abbreviated(raw: RawValue): string {
  const text = typeof raw === 'object' ? raw.join(', ') : String(raw)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
