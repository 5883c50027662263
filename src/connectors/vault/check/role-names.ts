import { formatSan, isDnsName } from '../../../pki/names.ts'
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
  const subjects = commonName === undefined ? [] : [commonName]
  // Vault makes a DNS SAN of the common name by itself; of what is no DNS name it is asked not to.
  const alternatives = [...subjects.filter(isDnsName), ...dnsAndMail]
  const refusedSubjects = subjects.filter((name) => !isAllowedSubject(role, name))
  const unknown = [...new Set([...refusedSubjects, ...alternatives.filter((name) => !isAllowed(role, name))])]
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

/** A common name is held against `cn_validations` first: `disabled` takes any, else it has to be of a kind that is named. */
function isAllowedSubject(role: PkiRole, name: string): boolean {
  const kinds = role.cn_validations ?? []
  if (kinds.includes('disabled')) return true
  const kind = name.includes('@') ? 'email' : 'hostname'
  return (kinds.length === 0 || kinds.includes(kind)) && isAllowed(role, name)
}

const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
/** One star, in the first label. */
const wildcard = /^[^.*]*\*[^.*]*(?:\.[^*]*)?$/
const hostname = new RegExp(String.raw`^(?:(?:${label})?\*(?:${label})?\.?)?(?:(?:${label}\.)*${label}\.?)?$`, 'i')

function isAllowed(role: PkiRole, name: string): boolean {
  const [host = '', ...mailboxes] = name.split('@').toReversed()
  const isMail = mailboxes.length > 0
  const isWildcard = host.includes('*')
  if (mailboxes.length > 1) return false
  if (isWildcard && (isMail || !role.allow_wildcard_certificates || !wildcard.test(host))) return false
  if (role.enforce_hostnames && !hostname.test(host)) return false
  if (role.allow_any_name) return true
  const base = isWildcard ? host.replace(/^[^.]*\.?/, '') : host
  const local = role.allow_localhost ? ['localhost', 'localdomain'] : []
  const domains = role.allowed_domains ?? []
  // As Vault has it, case counts in the domain above a name, and nowhere else.
  const isBelow = (domain: string): boolean => base.endsWith(`.${domain}`)
  if (local.includes(base) || (role.allow_subdomains && local.some(isBelow))) return true
  return domains.some(
    (domain) =>
      (role.allow_bare_domains && (isSame(domain, name) || (isMail && isSame(domain, host)))) ||
      (role.allow_subdomains && (isBelow(domain) || (isWildcard && isSame(domain, base)))) ||
      (role.allow_glob_domains && domain.includes('*') && matches(domain.toLowerCase(), name.toLowerCase())),
  )
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function isAllowedUri(role: PkiRole, uri: string): boolean {
  return role.allowed_uri_sans === undefined || (role.allowed_uri_sans ?? []).some((glob) => matches(glob, uri))
}

/** Vault's globs know one sign, `*`, for any text. */
function matches(glob: string, text: string): boolean {
  const parts = glob.split('*').map((part) => part.replace(/[.+?()[\]{}^$|\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}
