import chalk from 'chalk'
import type { EffectiveSetting } from '../../config/effective.ts'
import type { SavedProfiles } from '../../config/profile-schema.ts'
import { settingDefinitions, settingKeys, type RawValues } from '../../config/setting-definitions.ts'
import { printable } from '../../core/printable.ts'
import { table } from './table.ts'

export function profileListText({ current, profiles }: SavedProfiles): string {
  if (profiles.size === 0) return 'no profile is saved; make one: certctl profile set NAME --address URL\n'
  const rows = [...profiles].map(([name, values]) => [
    name === current ? '*' : '',
    name,
    issuerOf(values),
    text(values.role),
  ])
  return table(['', 'NAME', 'ISSUER', 'ROLE'], rows)
}

export function profileText(name: string, values: RawValues): string {
  const rows = settingKeys
    .filter((key) => values[key] !== undefined)
    .map((key) => [`--${settingDefinitions[key].flag}`, text(values[key])])
  return `${chalk.bold(printable(name))}\n${rows.length === 0 ? 'empty\n' : table(undefined, rows)}`
}

export function effectiveText(settings: readonly EffectiveSetting[]): string {
  return table(
    ['SETTING', 'VALUE', 'FROM'],
    settings.map(({ key, value, source }) => [key, value, source]),
  )
}

function issuerOf(values: RawValues): string {
  return text(values.address ?? values.issuer)
}

function text(value: RawValues[keyof RawValues]): string {
  return value === undefined ? '' : typeof value === 'object' ? value.join(', ') : String(value)
}
