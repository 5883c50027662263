import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type Conf from 'conf'
import { ConfigError, FileError, UsageError, systemErrorCode } from '../core/errors.ts'
import { unknownProfile } from './chosen-profile.ts'
import { parseSetting } from './parse-setting.ts'
import { ensurePrivateDirectory } from './paths.ts'
import {
  formatSavedProfiles,
  invalidFile,
  noProfiles,
  parseSavedProfiles,
  profileNamePattern,
  type SavedProfiles,
} from './profile-schema.ts'
import { settingDefinitions, settingKeys, type RawValues, type SettingKey } from './setting-definitions.ts'
import type { RawValue } from './setting-parsers.ts'

/** The profiles saved in the configuration directory. A profile never holds a token, only the path of its file. */
export class ProfileStore {
  readonly file: string

  constructor(readonly directory: string) {
    this.file = join(directory, 'profiles.json')
  }

  /** Reading writes nothing. Throws ConfigError when the file is broken. */
  async read(): Promise<SavedProfiles> {
    if (!existsSync(this.file)) return noProfiles
    return this.#parse(await this.#open())
  }

  /** Throws ConfigError listing the profiles that there are. */
  async get(name: string): Promise<RawValues> {
    const saved = await this.read()
    return saved.profiles.get(name) ?? refuseUnknown(name, saved)
  }

  /** Adds the values to the profile, made if need be; an empty text takes a value out. Returns all of its values. */
  async set(name: string, changes: RawValues): Promise<RawValues> {
    if (!profileNamePattern.test(name)) {
      throw new UsageError(`"${name}" is no name for a profile`, {
        hint: 'use letters, digits, dot, underscore and dash',
      })
    }
    const checked = settingKeys.flatMap((key) => checkedChange(key, changes[key]))
    return this.#change((saved) => {
      const merged = { ...saved.profiles.get(name), ...Object.fromEntries(checked) }
      const values = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== '')) as RawValues
      return { saved: { ...saved, profiles: new Map([...saved.profiles, [name, values]]) }, result: values }
    })
  }

  /** The profile in use, when it is this one, is then none. */
  async remove(name: string): Promise<void> {
    await this.#change((saved) => {
      if (!saved.profiles.has(name)) refuseUnknown(name, saved)
      const profiles = new Map([...saved.profiles].filter(([other]) => other !== name))
      return { saved: { profiles, current: saved.current === name ? undefined : saved.current }, result: undefined }
    })
  }

  /** Makes it the one that commands go by when none is named. */
  async use(name: string): Promise<void> {
    await this.#change((saved) => {
      if (!saved.profiles.has(name)) refuseUnknown(name, saved)
      return { saved: { ...saved, current: name }, result: undefined }
    })
  }

  async #change<T>(change: (saved: SavedProfiles) => { saved: SavedProfiles; result: T }): Promise<T> {
    const { saved, result } = change(await this.read())
    ensurePrivateDirectory(this.directory)
    const conf = await this.#open()
    try {
      conf.store = formatSavedProfiles(saved)
    } catch (error) {
      throw new FileError(`${this.file} can't be written (${systemErrorCode(error) ?? 'unknown reason'})`, {
        hint: `check: ls -ld ${this.directory}`,
        cause: error,
      })
    }
    return result
  }

  #parse(conf: Conf): SavedProfiles {
    return parseSavedProfiles(conf.store, this.file)
  }

  // Loaded only when there is something to read or write: without profiles a command starts faster. Neither a schema
  // nor defaults: conf would compile the one at each start, and write the others when it reads.
  async #open(): Promise<Conf> {
    const { default: ConfClass } = await import('conf')
    try {
      return new ConfClass({
        cwd: this.directory,
        configName: 'profiles',
        configFileMode: 0o600,
        accessPropertiesByDotNotation: false,
      })
    } catch (error) {
      throw unreadable(this.file, error)
    }
  }
}

function refuseUnknown(name: string, saved: SavedProfiles): never {
  throw unknownProfile(name, saved)
}

function unreadable(file: string, error: unknown): ConfigError {
  if (error instanceof SyntaxError) return invalidFile(file, 'it is no JSON')
  const reason = systemErrorCode(error) ?? 'unknown reason'
  return new ConfigError(`the file of profiles ${file} can't be read (${reason})`, {
    hint: `check: ls -l ${file}`,
    cause: error,
  })
}

function checkedChange(key: SettingKey, raw: RawValue | undefined): readonly (readonly [SettingKey, RawValue])[] {
  if (raw === undefined) return []
  if (raw === '') return [[key, raw]]
  const { flag, isPath } = settingDefinitions[key]
  parseSetting(key, raw, { kind: 'flag', source: `--${flag}` })
  if (!isPath || typeof raw !== 'string') return [[key, raw]]
  if (key === 'tokenFile' && raw === '-') {
    throw new UsageError("--token-file - can't be saved in a profile", { hint: 'give the path of a file' })
  }
  return [[key, resolve(raw)]]
}
