import type { CoreRequest } from './core.ts'
import { Refusal } from './reply.ts'

const longestString = 1024 * 1024
const largestBody = 32 * 1024 * 1024

/** The JSON object that a request carries, with Vault's limits and the words of Go's reader for what is none. */
export function readBody({ method, contentType, body }: CoreRequest): Readonly<Record<string, unknown>> {
  if (method === 'PATCH') {
    const wanted = 'application/merge-patch+json'
    throw new Refusal(415, `PATCH requires Content-Type of ${wanted}, provided ${contentType}`)
  }
  if (body.length > largestBody) throw new Refusal(413, 'http: request body too large')
  const text = body.toString()
  if (text.trim() === '') return {}
  const parsed = parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw unreadable(`json: cannot unmarshal ${goKind(parsed)} into Go value of type map[string]interface {}`)
  }
  if (text.length > longestString) refuseLongStrings(Object.values(parsed))
  return parsed as Record<string, unknown>
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const first = text.trimStart()[0]!
    const [place, character] = '{["'.includes(first)
      ? ['after object key', '?']
      : ['looking for beginning of value', first]
    throw unreadable(`invalid character '${character}' ${place}`)
  }
}

function refuseLongStrings(values: readonly unknown[]): void {
  if (values.every((value) => typeof value !== 'string' || value.length <= longestString)) return
  throw new Refusal(500, 'JSON string value exceeds allowed length')
}

function unreadable(problem: string): Refusal {
  return new Refusal(400, `error parsing JSON: failed to parse JSON input: ${problem}`)
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
