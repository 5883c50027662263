import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml'
import { ConfigError } from '../core/errors.ts'

/** Counted from one, as editors do. */
export interface Place {
  readonly line: number
  readonly column: number
}

export type YamlPath = readonly (string | number)[]

/** What a YAML text says, and where. */
export interface YamlDocument {
  /** Plain values; a number is the text that stands there, so that 0640 and 1.10 stay what they are. */
  readonly value: unknown
  /** Where the key or item at a path begins; of one that is not there, what it would be in. */
  placeOf(path: YamlPath): Place
}

/** ConfigError with line and column for what is no YAML, has a key twice, or more than one document. */
export function parseYaml(text: string, name: string): YamlDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) throw yamlFault(name, placeAt(fault.pos[0]), inHouseForm(fault.message))
  const missing = prepare(document)
  if (missing)
    throw yamlFault(
      name,
      placeAt(missing.offset),
      `*${missing.anchor} stands for nothing: there is no &${missing.anchor} before it`,
    )
  return { value: valueOf(document, name), placeOf: (path) => placeAt(offsetOf(document, path)) }
}

export function yamlFault(
  name: string,
  { line, column }: Place,
  message: string,
  details: { readonly hint?: string | undefined; readonly problems?: readonly string[] } = {},
): ConfigError {
  const { hint = 'correct it there', problems } = details
  return new ConfigError(`${name}:${line}:${column}: ${message}`, {
    code: 'invalid-file',
    hint,
    facts: { path: name, line, column, ...(problems ? { problems } : {}) },
  })
}

/** Keeps numbers as they are written; the first alias without an anchor. */
function prepare(document: Document): { readonly anchor: string; readonly offset: number } | undefined {
  let missing: { anchor: string; offset: number } | undefined
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'number' && node.source !== undefined) node.value = node.source
    },
    Alias(_, node) {
      if (node.resolve(document) === undefined) missing ??= { anchor: node.source, offset: startOf(node) ?? 0 }
    },
  })
  return missing
}

/** Aliases may make a text of a few lines grow without end: the library counts them. */
function valueOf(document: Document, name: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw yamlFault(name, { line: 1, column: 1 }, 'its aliases multiply it beyond measure', {
      hint: 'write out what the aliases (*NAME) stand for',
    })
  }
}

function offsetOf(document: Document, path: YamlPath): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      offset = startOf(pair?.key) ?? offset
      node = pair?.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    }
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0]
}

function inHouseForm(message: string): string {
  return message
    .split('\n')[0]!
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
    .replace(/[.:]$/, '')
}
