import { domainToASCII } from 'node:url'
import { UsageError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { canonicalIpAddress } from './ip-address.ts'

export const sanTypes = ['dns', 'ip', 'email', 'uri'] as const

export type SanType = (typeof sanTypes)[number]

/** A subject alternative name in canonical form, so that equal names have equal texts. */
export interface San {
  readonly type: SanType
  readonly value: string
}

/** Sorts a name into DNS, IP, email or URI; `dns:`, `ip:`, `email:` and `uri:` force it. Anything else is a usage error. */
export function parseSan(text: string): San {
  const forced = /^(dns|ip|email|uri):(.*)$/is.exec(text)
  const type = (forced?.[1]?.toLowerCase() as SanType | undefined) ?? guessType(text)
  const value = canonicalValue(type, forced?.[2] ?? text)
  if (value === undefined) throw unusableName(text, type)
  return { type, value }
}

/** The name by which a client looks for a host that it connects to, whether or not a certificate can hold it. */
export function nameOfHost(host: string): San {
  const address = host.replace(/%.*$/s, '')
  return nameInCertificate(isIpAddress(address) ? 'ip' : 'dns', address)
}

/** Whether it can stand in a certificate as a DNS name; `web`, `localhost` and `*.web.corp` can. */
export function isDnsName(text: string): boolean {
  return canonicalDnsName(text) !== undefined
}

export function isIpAddress(text: string): boolean {
  return canonicalIpAddress(text) !== undefined
}

export function sameSan(one: San, other: San): boolean {
  return one.type === other.type && one.value === other.value
}

/** The shortest text that `parseSan` reads back as the same name. */
export function formatSan(san: San): string {
  return guessType(san.value) === san.type ? san.value : `${san.type}:${san.value}`
}

/**
 * The names in the text that node:crypto makes of the extension: `DNS:a.b, IP Address:0:0:0:0:0:0:0:1, URI:"with, comma"`,
 * where a value with special characters is quoted as in JSON. Other kinds are left out; a malformed name is kept as text.
 */
export function parseSubjectAltName(text: string): readonly San[] {
  return [...text.matchAll(subjectAltNameEntry)].flatMap(([, label, written]) => {
    const type = nodeLabels[label ?? '']
    return type === undefined ? [] : [nameInCertificate(type, unquoted(written ?? ''))]
  })
}

/** The kinds of names in the same text that are left out, in node:crypto's words, each once. */
export function otherNameKinds(text: string): readonly string[] {
  const kinds = [...text.matchAll(subjectAltNameEntry)].map(([, label = '']) => label)
  return [...new Set(kinds.filter((label) => nodeLabels[label] === undefined))]
}

/** A name as a certificate or CSR holds it; one that is malformed there is kept, made printable. */
export function nameInCertificate(type: SanType, value: string): San {
  return { type, value: canonicalValue(type, value) ?? printable(value) }
}

const subjectAltNameEntry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy

const nodeLabels: Readonly<Record<string, SanType>> = { DNS: 'dns', 'IP Address': 'ip', email: 'email', URI: 'uri' }

function unquoted(written: string): string {
  if (!written.startsWith('"')) return written
  try {
    return JSON.parse(written) as string
  } catch {
    return written
  }
}

function guessType(text: string): SanType {
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|urn:)/i.test(text)) return 'uri'
  if (isIpAddress(text)) return 'ip'
  return text.includes('@') ? 'email' : 'dns'
}

function canonicalValue(type: SanType, text: string): string | undefined {
  switch (type) {
    case 'dns':
      return canonicalDnsName(text)
    case 'ip':
      return canonicalIpAddress(text)
    case 'email':
      return canonicalEmail(text)
    case 'uri':
      return canonicalUri(text)
  }
}

const dnsLabel = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

function canonicalDnsName(text: string): string | undefined {
  const wildcard = text.startsWith('*.') ? '*.' : ''
  const host = asciiHost(text.slice(wildcard.length).replace(/\.$/, ''))
  if (host.length + wildcard.length > 253) return undefined
  const labels = host.split('.')
  // A numeric last label makes it an IPv4 address, or a mistyped one, to whoever parses it as a URL does.
  if (!labels.every((label) => dnsLabel.test(label)) || /^\d+$/.test(labels.at(-1) ?? '')) return undefined
  return wildcard + host
}

/** Lower case and punycode. domainToASCII alone would turn `1.2.3` into `1.2.0.3` and decode `%41`. */
function asciiHost(host: string): string {
  if (/^[\x00-\x7f]*$/.test(host)) return host.toLowerCase()
  return /^[\p{L}\p{M}\p{N}.\-_\u3002]+$/u.test(host) ? domainToASCII(host) : ''
}

/** A mailbox of RFC 5321 without quotes; only the host part is case-insensitive (RFC 5280, 4.2.1.6). */
function canonicalEmail(text: string): string | undefined {
  const [local, host, ...rest] = text.split('@')
  if (local === undefined || host === undefined || rest.length > 0) return undefined
  const domain = host.startsWith('*') ? undefined : canonicalDnsName(host)
  const isLocal = local.length <= 64 && /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local)
  return domain !== undefined && isLocal ? `${local}@${domain}` : undefined
}

/** ASCII only, as the certificate demands; scheme and host compare without case (RFC 5280, 7.4). */
function canonicalUri(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(text) || /["<>\\^`{|}]/.test(text) || !URL.canParse(text)) return undefined
  return text
    .replace(/^[^:]+/, (scheme) => scheme.toLowerCase())
    .replace(/^([^:]+:\/\/(?:[^/?#@]*@)?)([^/?#]*)/, (_, before: string, host: string) => before + host.toLowerCase())
}

function unusableName(text: string, type: SanType): UsageError {
  const asWhat = { dns: 'a DNS name', ip: 'an IP address', email: 'an email address', uri: 'a URI' }
  const isForced = text.toLowerCase().startsWith(`${type}:`)
  if (isForced || type !== 'dns') return new UsageError(`"${text}" is not ${asWhat[type]}`, { hint: hints[type] })
  const message = isIpAddress(text.split('/')[0] ?? '')
    ? 'is no single IP address'
    : 'is no name that a certificate can hold'
  return new UsageError(`"${text}" ${message}`, {
    hint: 'give a DNS name, an IP address, an email address or a URI; dns:, ip:, email: or uri: in front force which',
  })
}

const hints: Readonly<Record<SanType, string>> = {
  dns: 'letters, digits, dashes and dots, like web.corp or *.web.corp, where * is the whole first label',
  ip: 'like 10.0.0.1 or 2001:db8::1, without a port, prefix length or zone',
  email: 'like ops@web.corp',
  uri: 'like spiffe://web.corp/app; characters outside ASCII are percent-encoded',
}
