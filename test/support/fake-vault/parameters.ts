import { parseGoDuration } from './go-duration.ts'
import { Refusal } from './reply.ts'

export type FieldKind = 'text' | 'texts' | 'boolean' | 'integer' | 'duration' | 'map'
export type Schema = Readonly<Record<string, FieldKind>>
type Body = Readonly<Record<string, unknown>>

/** The parameters of one call, converted by a schema as Vault converts them: loosely, with its own words when it can't. */
export class Parameters {
  readonly #body: Body

  constructor(
    body: Body,
    readonly schema: Schema,
    /** Taken from the path; the body can't override them. */
    private readonly captured: Readonly<Record<string, string>> = {},
  ) {
    this.#body = body
    for (const [name, kind] of Object.entries(schema)) if (name in body) validate(name, kind, body[name])
  }

  has(name: string): boolean {
    return name in this.#body
  }

  text(name: string): string {
    const value = this.#body[name]
    if (typeof value === 'boolean') return value ? '1' : '0'
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }

  /** A list; one text is a list of one, commas and all. */
  list(name: string): readonly string[] {
    const value = this.#body[name]
    if (Array.isArray(value)) return value.map(String)
    const text = this.text(name)
    return text === '' ? [] : [text]
  }

  /** A list, or one text with commas. */
  texts(name: string): readonly string[] {
    if (Array.isArray(this.#body[name])) return this.list(name)
    return this.text(name)
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
  }

  boolean(name: string, ifAbsent: boolean): boolean {
    const value = this.#body[name]
    if (value === undefined || value === null) return ifAbsent
    return value === true || value === 1 || (typeof value === 'string' && /^(?:1|t|true)$/i.test(value))
  }

  integer(name: string): number {
    return Number(this.#body[name] ?? 0)
  }

  /** In seconds; zero when absent. */
  duration(name: string): number {
    return parseGoDuration(this.#body[name] ?? '')
  }

  map(name: string): Readonly<Record<string, string>> | null {
    const value = this.#body[name]
    if (typeof value !== 'object' || value === null) return null
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, typeof one === 'string' ? one : JSON.stringify(one)]),
    )
  }

  /** What Vault says about parameters that it passed over. */
  get warnings(): readonly string[] {
    const ignored = Object.keys(this.#body).filter((name) => !(name in this.schema) && !(name in this.captured))
    const replaced = Object.keys(this.#body).filter((name) => name in this.captured)
    return [
      ...listed('Endpoint ignored these unrecognized parameters', ignored),
      ...listed(
        "Endpoint replaced the value of these parameters with the values captured from the endpoint's path",
        replaced,
      ),
    ]
  }
}

function listed(text: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${text}: [${names.toSorted().join(' ')}]`]
}

function validate(name: string, kind: FieldKind, value: unknown): void {
  const problem = problemWith(kind, value)
  if (problem === undefined) return
  throw new Refusal(400, `Field validation failed: error converting input for field "${name}": ${problem}`)
}

function problemWith(kind: FieldKind, value: unknown): string | undefined {
  if (kind === 'duration') return durationProblem(value)
  if (kind === 'text' && typeof value === 'object' && value !== null) {
    const [type, shown] = Array.isArray(value)
      ? ['[]interface {}', `[${value.join(' ')}]`]
      : [
          'map[string]interface {}',
          `map[${Object.entries(value)
            .map(([key, one]) => `${key}:${String(one)}`)
            .join(' ')}]`,
        ]
    return `'' expected type 'string', got unconvertible type '${type}', value: '${shown}'`
  }
  return undefined
}

function durationProblem(value: unknown): string | undefined {
  try {
    const seconds = parseGoDuration(value ?? '')
    return seconds < 0 ? `cannot provide negative value '${seconds}'` : undefined
  } catch (error) {
    return (error as Error).message
  }
}
