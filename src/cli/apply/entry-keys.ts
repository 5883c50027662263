import { isSettingKey, settingDefinitions } from '../../config/setting-definitions.ts'
import { issueFlags } from '../issue-flags.ts'
import { profileFlag, profileSettings, settingFlags } from '../setting-flags.ts'

/** A key of an entry: the flag of `issue` with the same name, in camelCase. */
export interface EntryKey {
  readonly name: string
  /** Without the dashes. */
  readonly flag: string
  readonly kind: 'text' | 'switch' | 'list'
  /** The only words that it takes. */
  readonly words: readonly string[] | undefined
  readonly isPath: boolean
  readonly description: string
  /** Flags that it does not go with. */
  readonly exclusive: readonly string[]
  /** What the flag's own parser makes of one value. */
  readonly parse: (raw: unknown) => Promise<unknown>
}

/** What the keys are made from, of what oclif knows of a flag. */
interface FlagDefinition {
  readonly type: 'option' | 'boolean'
  readonly multiple?: boolean
  readonly options?: readonly string[]
  readonly description?: string
  readonly helpValue?: string
  readonly exclusive?: readonly string[]
  readonly parse: (raw: unknown, context: unknown, flag: unknown) => Promise<unknown>
}

/** About one run, and not about the certificate. */
const leftOut = ['print-key', 'force']
const pathWords = ['PATH', 'FILE', 'DIR', 'PATH:SIGNAL']

/** Every key but `name`. A new flag of `issue` is a new key. */
export const entryKeys: ReadonlyMap<string, EntryKey> = new Map(
  Object.entries({ ...issueFlags, profile: profileFlag, ...settingFlags(profileSettings) } as object)
    .filter(([flag]) => !leftOut.includes(flag))
    .map(([flag, definition]) => keyOf(flag, definition as FlagDefinition))
    .map((key) => [key.name, key]),
)

/** A text about flags, in the words of the file. */
export function inFileWords(text: string): string {
  return text.replaceAll(/--([a-z][a-z0-9-]*)/g, (written, flag: string) => {
    const name = camelCase(flag)
    return entryKeys.has(name) ? name : written
  })
}

/** The first key that a text about flags names. */
export function keyNamedIn(text: string): string | undefined {
  return [...text.matchAll(/--([a-z][a-z0-9-]*)/g)]
    .map(([, flag]) => camelCase(flag!))
    .find((name) => entryKeys.has(name))
}

function keyOf(flag: string, definition: FlagDefinition): EntryKey {
  const name = camelCase(flag)
  const { type, multiple = false, options, description = '', helpValue = '', exclusive = [], parse } = definition
  return {
    name,
    flag,
    kind: type === 'boolean' ? 'switch' : multiple ? 'list' : 'text',
    words: options,
    isPath: isSettingKey(name) ? settingDefinitions[name].isPath === true : pathWords.includes(helpValue),
    description,
    exclusive,
    parse: (raw) => parse(raw, {}, { ...definition, name: flag }),
  }
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
