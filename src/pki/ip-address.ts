const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`)

/** IPv6 in the form of RFC 5952. An IPv4-mapped address becomes the IPv4 one, which is what Go, and so Vault, signs for it. */
export function canonicalIpAddress(text: string): string | undefined {
  if (ipv4.test(text)) return text
  const url = `http://[${text.replace(/^\[(.*)\]$/s, '$1')}]`
  // The URL parser is loaded already, which node:net is not: it costs milliseconds of every start.
  if (!/^http:\/\/\[[0-9a-f:.]+\]$/i.test(url) || !URL.canParse(url)) return undefined
  const compressed = new URL(url).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed)
  if (!mapped) return compressed
  const [high, low] = [parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The four or sixteen octets (RFC 5280, 4.2.1.6) of an address in canonical form. */
export function ipAddressOctets(canonical: string): Uint8Array {
  if (!canonical.includes(':')) return Uint8Array.from(canonical.split('.'), Number)
  const [head = [], tail] = canonical.split('::').map((side) => (side === '' ? [] : side.split(':')))
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])].map((group) => parseInt(group, 16))
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]))
}
