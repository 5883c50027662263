import { isUtf8 } from 'node:buffer'
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
  if (fault?.code === 'MULTIPLE_DOCS') {
    throw yamlFault(name, placeAt(fault.pos[0]), 'a second document begins, and one is read', {
      hint: 'put it into a file of its own, or leave out the line ---',
    })
  }
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

/** ConfigError with the place of the first byte that is none of UTF-8: read as something else, names would be wrong. */
export function utf8Text(bytes: Buffer, name: string): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes)
  const lines = bytes.toString('latin1').split('\n')
  const line = lines.findIndex((text) => !isUtf8(Buffer.from(text, 'latin1')))
  const column = new TextDecoder().decode(Buffer.from(lines[line]!, 'latin1')).indexOf('\ufffd')
  throw yamlFault(name, { line: line + 1, column: column + 1 }, 'it is no UTF-8', { hint: 'save the file in UTF-8' })
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
  const anchors = new Set<string>()
  let missing: { anchor: string; offset: number } | undefined
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) missing ??= { anchor: node.source, offset: startOf(node) ?? 0 }
        return
      }
      if (node.anchor !== undefined) anchors.add(node.anchor)
      if (isScalar(node) && typeof node.value === 'number' && node.source !== undefined) node.value = node.source
    },
  })
  return missing
}

/** Aliases may make a text of a few lines grow without end: the library counts what they stand for. */
function valueOf(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100_000 })
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
