import type { VaultReply } from '../support/ask-vault.ts'

/** What two servers have to agree on: all of a reply but for names, times and keys that are made anew each time. */
export function outline({ status, headers, json, text }: VaultReply): unknown {
  const head = { status, type: headers['content-type'] }
  if (json === undefined) return { ...head, text: outlineText(text) }
  const { warnings, ...rest } = json
  return { ...head, warnings: (warnings ?? []).map(outlineText).toSorted(), body: outlineValue(rest, '') }
}

function outlineValue(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((one) => outlineValue(one, key))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, one]) => [outlineText(name), outlineValue(one, name)] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    )
  }
  if (typeof value === 'string') return made.has(key) && value !== '' ? `<${key}>` : outlineText(value)
  // Seconds are cut off on the way: 59 left and 60 are the same.
  if (key === 'ttl' && typeof value === 'number') return Math.round(value / 5) * 5
  if (key === 'lease_duration' && typeof value === 'number' && value > 600) return Math.round(value / 5) * 5
  return typeof value === 'number' && value > 1_000_000_000 ? '<time>' : value
}

/** Texts that are made anew each time; empty ones say something and are kept. */
const made = new Set([
  'accessor',
  'build_date',
  'client_token',
  'cluster_id',
  'cluster_name',
  'id',
  'key_id',
  'lease_id',
  'nonce',
  'request_id',
  'token',
  'wrapped_accessor',
])

function outlineText(text: string): string {
  return text
    .replace(/-----BEGIN ([A-Z ]+)-----[^-]+-----END [A-Z ]+-----/g, '<$1>')
    .replace(/\b[0-9a-f]{2}(?::[0-9a-f]{2}){7,}\b/g, '<serial>')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>')
    .replace(/^[A-Za-z0-9+/]{100,}=*$/, '<base64>')
}
