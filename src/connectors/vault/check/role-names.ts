import { formatSan } from '../../../pki/names.ts'
import type { CertificateRequest } from '../../connector.ts'
import type { PkiRole } from '../pki/pki-replies.ts'

export interface NamesAgainstRole {
  readonly refused: readonly string[]
  /** Those that a template, filled in from the token's identity, may allow. */
  readonly undecided: readonly string[]
}

/** The names that Vault's role would refuse, by the rules of its `validateNames`; the lists hold them as they were asked for. */
export function refusedNames(role: PkiRole, { commonName, sans }: CertificateRequest): NamesAgainstRole {
  const dnsAndMail = sans.filter(({ type }) => type === 'dns' || type === 'email').map(({ value }) => value)
  const names = [...new Set([...(commonName === undefined ? [] : [commonName]), ...dnsAndMail])]
  const unknown = names.filter((name) => !isAllowed(role, name))
  const isTemplated = role.allowed_domains_template || role.allow_token_displayname
  const ips = sans.filter(({ type }) => type === 'ip' && !role.allow_ip_sans)
  const uris = sans.filter(({ type, value }) => type === 'uri' && !isAllowedUri(role, value))
  const other = [...ips, ...(role.allowed_uri_sans_template ? [] : uris)].map(formatSan)
  const missing = commonName === undefined && role.require_cn ? ['a request without a common name'] : []
  const open = role.allowed_uri_sans_template ? uris.map(formatSan) : []
  return isTemplated
    ? { refused: [...other, ...missing], undecided: [...unknown, ...open] }
    : { refused: [...unknown, ...other, ...missing], undecided: open }
}

const hostname = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?$/i

function isAllowed(role: PkiRole, name: string): boolean {
  const at = name.lastIndexOf('@')
  const host = name.slice(at + 1)
  const isMail = at !== -1
  const isWildcard = host.startsWith('*.')
  if (isWildcard && (isMail || !role.allow_wildcard_certificates)) return false
  const base = (isWildcard ? host.slice(2) : host).toLowerCase()
  if (role.enforce_hostnames && !hostname.test(base)) return false
  if (role.allow_any_name) return true
  const local = role.allow_localhost ? ['localhost', 'localdomain'] : []
  const domains = role.allowed_domains?.map((domain) => domain.toLowerCase()) ?? []
  const bare = [...local, ...(role.allow_bare_domains ? domains : [])]
  if (!isWildcard && bare.includes(base)) return true
  const isBelow = (domain: string): boolean => base.endsWith(`.${domain}`) || (isWildcard && base === domain)
  if (role.allow_subdomains && [...local, ...domains].some(isBelow)) return true
  return role.allow_glob_domains && domains.some((glob) => glob.includes('*') && matches(glob, name.toLowerCase()))
}

function isAllowedUri(role: PkiRole, uri: string): boolean {
  return role.allowed_uri_sans === undefined || (role.allowed_uri_sans ?? []).some((glob) => matches(glob, uri))
}

/** Vault's globs know one sign, `*`, for any text. */
function matches(glob: string, text: string): boolean {
  const parts = glob.split('*').map((part) => part.replace(/[.+?()[\]{}^$|\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}
