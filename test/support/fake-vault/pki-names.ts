import { isIP } from 'node:net'
import type { Parameters } from './parameters.ts'
import type { PkiCsr } from './pki-csr.ts'
import type { PkiRole } from './pki-role.ts'
import { Refusal } from './reply.ts'

export interface GrantedNames {
  readonly commonName: string | undefined
  readonly dns: readonly string[]
  readonly emails: readonly string[]
  readonly ips: readonly string[]
  readonly uris: readonly string[]
}

const hostname = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?\.?$/i
/** What of a wildcard stands before the first dot. */
const wildcardLabel = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?\*([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$/i

/** The names that a request and its CSR ask for, refused in Vault's order and words when the role does not allow them. */
export function grantNames(role: PkiRole, parameters: Parameters, csr: PkiCsr | undefined): GrantedNames {
  const commonName = commonNameOf(role, parameters, csr)
  const { dns, emails } = mailAndDns(role, parameters, csr, commonName)
  refuseUnless(
    commonName === undefined || isAllowedSubject(role, commonName),
    `common name ${commonName} not allowed by this role`,
  )
  for (const name of dns) refuseUnless(isAllowed(role, name), `subject alternate name ${name} not allowed by this role`)
  for (const name of emails) refuseUnless(isAllowed(role, name), `email address ${name} not allowed by this role`)
  refuseOtherSans(parameters)
  return { commonName, dns, emails, ips: ipsOf(role, parameters, csr), uris: urisOf(role, parameters, csr) }
}

function commonNameOf(role: PkiRole, parameters: Parameters, csr: PkiCsr | undefined): string | undefined {
  const fromCsr = role.useCsrCommonName ? csr?.commonName : undefined
  const commonName = (fromCsr ?? '') || parameters.text('common_name')
  if (commonName !== '') return commonName
  refuseUnless(
    !role.requireCn,
    'the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to true, unless "require_cn" is set to false',
  )
  return undefined
}

function mailAndDns(role: PkiRole, parameters: Parameters, csr: PkiCsr | undefined, commonName: string | undefined) {
  const fromCsr = csr && role.useCsrSans ? csr : undefined
  const asked = fromCsr ? [] : parameters.texts('alt_names')
  const inSans = commonName !== undefined && !parameters.boolean('exclude_cn_from_sans', false) ? [commonName] : []
  const both = [...inSans, ...asked]
  return {
    // A name that is no host name is left out of the SANs without a word.
    dns: unique([...(fromCsr?.dns ?? []), ...both.filter((name) => !name.includes('@') && hostname.test(name))]),
    emails: unique([...(fromCsr?.emails ?? []), ...both.filter((name) => name.includes('@'))]),
  }
}

function refuseOtherSans(parameters: Parameters): void {
  for (const other of parameters.texts('other_sans')) {
    throw new Refusal(400, `other SAN OID ${other.split(';')[0]} not allowed by this role`)
  }
}

function ipsOf(role: PkiRole, parameters: Parameters, csr: PkiCsr | undefined): readonly string[] {
  if (csr && role.useCsrSans) {
    refuseUnless(
      csr.ips.length === 0 || role.allowIpSans,
      'IP Subject Alternative Names are not allowed in this role, but was provided some via CSR',
    )
    return csr.ips
  }
  const asked = parameters.texts('ip_sans')
  refuseUnless(
    asked.length === 0 || role.allowIpSans,
    `IP Subject Alternative Names are not allowed in this role, but was provided [${asked.join(' ')}]`,
  )
  for (const ip of asked) refuseUnless(isIP(ip) !== 0, `the value ${JSON.stringify(ip)} is not a valid IP address`)
  return asked
}

function urisOf(role: PkiRole, parameters: Parameters, csr: PkiCsr | undefined): readonly string[] {
  const isFromCsr = csr !== undefined && role.useCsrSans
  const asked = isFromCsr ? csr.uris : parameters.texts('uri_sans')
  if (asked.length === 0) return []
  const source = isFromCsr ? 'via CSR' : 'via the API'
  refuseUnless(
    role.allowedUriSans.length > 0,
    `URI Subject Alternative Names are not allowed in this role, but were provided ${source}`,
  )
  for (const uri of asked) {
    refuseUnless(
      role.allowedUriSans.some((glob) => matchesGlob(glob, uri)),
      `URI Subject Alternative Names were provided ${source} which are not valid for this role`,
    )
  }
  return asked
}

function isAllowedSubject(role: PkiRole, name: string): boolean {
  if (role.cnValidations.includes('disabled')) return true
  return role.cnValidations.includes(name.includes('@') ? 'email' : 'hostname') && isAllowed(role, name)
}

function isAllowed(role: PkiRole, name: string): boolean {
  const [host, ...rest] = name.split('@').toReversed()
  const isWildcard = host!.includes('*')
  if (rest.length > 1 || (isWildcard && (rest.length > 0 || !role.allowWildcardCertificates))) return false
  const [first = '', ...others] = host!.split('.')
  const base = isWildcard ? others.join('.') : host!
  if (isWildcard && (base.includes('*') || first.split('*').length !== 2)) return false
  if (role.enforceHostnames && base !== '' && !hostname.test(base)) return false
  if (role.enforceHostnames && isWildcard && !wildcardLabel.test(first)) return false
  if (role.allowAnyName) return true
  if (role.allowLocalhost && (base === 'localhost' || base === 'localdomain')) return true
  const own = rest.length > 0 ? host! : name
  if (role.allowBareDomains && role.allowedDomains.some((one) => one.toLowerCase() === own.toLowerCase())) return true
  if (role.allowSubdomains && isBelow(role, base, isWildcard)) return true
  return role.allowGlobDomains && role.allowedDomains.some((glob) => glob.includes('*') && matchesGlob(glob, name))
}

function isBelow(role: PkiRole, base: string, isWildcard: boolean): boolean {
  const domains = [...role.allowedDomains, ...(role.allowLocalhost ? ['localhost', 'localdomain'] : [])]
  return domains.some((domain) => base.endsWith(`.${domain}`) || (isWildcard && base.toLowerCase() === domain))
}

function matchesGlob(glob: string, text: string): boolean {
  const source = glob.replace(/[.+?()[\]{}^$|\\]/g, String.raw`\$&`).replace(/\*/g, '.*')
  return new RegExp(`^${source}$`, 'i').test(text)
}

function refuseUnless(isFine: boolean, error: string): void {
  if (!isFine) throw new Refusal(400, error)
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted()
}
