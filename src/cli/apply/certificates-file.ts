import { resolve } from 'node:path'
import { UsageError, type ConfigError } from '../../core/errors.ts'
import { parseYaml, yamlFault, type YamlDocument, type YamlPath } from '../../config/yaml-document.ts'
import { directoryFor } from '../../operations/plan-issue.ts'
import { certificatesSchema } from './certificates-schema.ts'
import { closestWord } from './closest-word.ts'
import { entryKeys, inFileWords, keyNamedIn, type EntryKey } from './entry-keys.ts'

/** One certificate as the file asks for it, in the words of `issue`. */
export interface CertificateEntry {
  readonly name: string
  /** Absolute; empty where neither the file nor the name tells one. */
  readonly directory: string
  /** Parsed as flags are, by their names; paths absolute. */
  readonly flags: Readonly<Record<string, unknown>>
  /** A ConfigError with the place of the key that is meant. */
  fault(message: string, key?: string, hint?: string): ConfigError
}

interface Problem {
  readonly path: YamlPath
  readonly message: string
  readonly hint?: string
}

type Values = Readonly<Record<string, unknown>>

/**
 * The certificates that a file of `apply` asks for, defaults included. ConfigError with line and column for the first
 * thing in it that is wrong, and with all of them among its facts.
 */
export async function parseCertificatesFile(
  text: string,
  name: string,
  base: string,
): Promise<readonly CertificateEntry[]> {
  const document = parseYaml(text, name)
  const result = certificatesSchema.safeParse(document.value)
  if (!result.success)
    throw faultOf(
      document,
      name,
      result.error.issues.flatMap((issue) => problemsOf(issue, document.value)),
    )
  const { defaults, certificates } = result.data as { defaults?: Values | null; certificates: readonly Values[] | null }
  const entries = await Promise.all(
    (certificates ?? []).map((own, index) => entryFrom({ document, name, base, own, index, defaults: defaults ?? {} })),
  )
  const problems = [
    ...repeated(entries, 'name', (entry) => entry.name),
    ...repeated(entries, 'out', (entry) => entry.directory || undefined),
  ]
  if (problems.length > 0) throw faultOf(document, name, problems)
  return entries
}

interface EntrySource {
  readonly document: YamlDocument
  readonly name: string
  readonly base: string
  readonly own: Values
  readonly index: number
  readonly defaults: Values
}

async function entryFrom({ document, name: file, base, own, index, defaults }: EntrySource): Promise<CertificateEntry> {
  const { name: written, ...values } = { ...defaultsBeside(own, defaults), ...own }
  const name = String(written)
  const fault = (message: string, key?: string, hint?: string): ConfigError => {
    const entry = ['certificates', index]
    const within = key === undefined ? [] : key in own ? [...entry, key] : key in defaults ? ['defaults', key] : []
    return yamlFault(file, document.placeOf(within.length === 0 ? entry : within), message, { hint })
  }
  const flags: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(values)) {
    const definition = entryKeys.get(key)
    if (definition !== undefined) flags[definition.flag] = await flagValue(definition, value, base, fault)
  }
  const told = [...entryKeys.values()].filter(({ flag }) => flags[flag] !== undefined && flags[flag] !== false)
  for (const { name: key, exclusive } of told) {
    const excluded = told.find(({ flag }) => exclusive.includes(flag))
    if (excluded) throw fault(`${key} does not go with ${excluded.name}`, key, 'leave out one of them')
  }
  const directory = directoryFor(name)
  const out = flags['out'] ?? (directory === undefined ? undefined : resolve(base, directory))
  return { name, directory: typeof out === 'string' ? out : '', flags: { ...flags, out }, fault }
}

/** The defaults for an entry: a default that does not go with what the entry says itself is none for it. */
function defaultsBeside(own: Values, defaults: Values): Values {
  const told = Object.entries(own).flatMap(([key, value]) => (value === false ? [] : (entryKeys.get(key) ?? [])))
  const isExcluded = (key: EntryKey | undefined): boolean =>
    told.some((one) => key && (one.exclusive.includes(key.flag) || key.exclusive.includes(one.flag)))
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !isExcluded(entryKeys.get(name))))
}

async function flagValue(
  key: EntryKey,
  value: unknown,
  base: string,
  fault: CertificateEntry['fault'],
): Promise<unknown> {
  if (key.kind === 'switch') return value
  const texts = (Array.isArray(value) ? value : [value]).map(String)
  if (texts.some((text) => text.includes('\0')))
    throw fault(`${key.name} has a NUL character in it`, key.name, 'leave it out: no path and no command can have one')
  if (key.isPath && texts.includes('-'))
    throw fault(`${key.name} is -, which is for the command line alone`, key.name, 'give the path of a file')
  const parsed = await Promise.all(
    texts.map(async (text) => {
      try {
        return await key.parse(key.isPath && text !== '' ? resolve(base, text) : text)
      } catch (error) {
        throw inFile(error, fault)
      }
    }),
  )
  return key.kind === 'list' ? parsed : parsed[0]
}

/** What `issue` would say of a flag, in the words of the file and with the place there; anything else comes back as it is. */
export function inFile(error: unknown, fault: CertificateEntry['fault']): unknown {
  if (!(error instanceof UsageError)) return error
  const hint = error.hint === undefined ? undefined : inFileWords(error.hint)
  return fault(inFileWords(error.message), keyNamedIn(error.message), hint)
}

function repeated(
  entries: readonly CertificateEntry[],
  key: 'name' | 'out',
  read: (entry: CertificateEntry) => string | undefined,
): readonly Problem[] {
  const first = new Map<string, number>()
  return entries.flatMap((entry, index) => {
    const value = read(entry)
    if (value === undefined) return []
    const before = first.get(value)
    first.set(value, before ?? index)
    if (before === undefined) return []
    const what =
      key === 'name' ? `"${value}" is the name of two certificates` : `${value} is the directory of two certificates`
    return [{ path: ['certificates', index, key], message: what, hint: 'give each one of its own' }]
  })
}

function faultOf(document: YamlDocument, name: string, problems: readonly Problem[]): ConfigError {
  const placed = problems
    .map((problem) => ({ ...problem, place: document.placeOf(problem.path) }))
    .sort((one, other) => one.place.line - other.place.line || one.place.column - other.place.column)
  const [first] = placed
  const others = placed.length - 1
  const more = others === 0 ? [] : [`${others} more ${others === 1 ? 'is' : 'are'} wrong; --json lists all`]
  return yamlFault(name, first!.place, first!.message, {
    hint: [...(first!.hint === undefined ? [] : [first!.hint]), ...more].join('; ') || undefined,
    problems: placed.map(({ place: { line, column }, message }) => `${line}:${column}: ${message}`),
  })
}

interface SchemaIssue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly keys?: readonly string[]
}

function problemsOf(issue: SchemaIssue, value: unknown): readonly Problem[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  if (issue.code === 'unrecognized_keys') return (issue.keys ?? []).map((key) => unknownKey(path, key))
  return [{ path, ...wrongValue(path, value) }]
}

function unknownKey(path: YamlPath, key: string): Problem {
  const inEntry = path.length > 0
  const known = inEntry ? ['name', ...entryKeys.keys()] : ['defaults', 'certificates']
  if (path[0] === 'defaults' && (key === 'name' || key === 'out'))
    return {
      path: [...path, key],
      message: `"${key}" belongs to one certificate, and not to the defaults`,
      hint: 'move it there',
    }
  if (key === '<<')
    return {
      path: [...path, key],
      message: 'merge keys (<<) are not read',
      hint: 'write the keys out, or put them under defaults',
    }
  const match = closestWord(key, known)
  const hint =
    match === undefined
      ? inEntry
        ? 'the keys are the long flags of certctl issue in camelCase'
        : 'there are two: defaults and certificates'
      : `did you mean ${match}?`
  return { path: [...path, key], message: `"${key}" is no key here`, hint }
}

function wrongValue(path: YamlPath, value: unknown): { readonly message: string; readonly hint?: string } {
  if (path.length === 0)
    return { message: 'the file holds no mapping with the key certificates', hint: 'begin it with: certificates:' }
  const key = path.find((step) => typeof step === 'string' && (step === 'name' || entryKeys.has(step)))
  const found = path.reduce<unknown>((inner, step) => (inner as Values | undefined)?.[step], value)
  if (key === undefined) {
    const last = path.at(-1)
    if (last === 'certificates' && found === undefined)
      return { message: '"certificates" is missing', hint: 'begin it with: certificates:' }
    return { message: last === 'certificates' ? '"certificates" is no list' : 'it is no mapping of keys to values' }
  }
  if (found === undefined) return { message: `"${key}" is missing` }
  if (found === null) return { message: `"${key}" has no value`, hint: 'give it one, or leave the key out' }
  const definition = entryKeys.get(String(key))
  if (definition?.words) return { message: `"${key}" is none of ${definition.words.join(', ')}` }
  const wanted = { text: 'a text', switch: 'true or false', list: 'a text or a list of texts' }[
    definition?.kind ?? 'text'
  ]
  return { message: `"${key}" is not ${wanted}` }
}
