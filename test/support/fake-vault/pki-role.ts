import { Parameters, type Schema } from './parameters.ts'

/** A role as the mount stores it. Durations in seconds; zero is "the mount's". */
export interface PkiRole {
  readonly name: string
  readonly keyType: 'rsa' | 'ec' | 'ed25519' | 'any'
  /** The least that a key may have; zero with `any`. */
  readonly keyBits: number
  readonly allowedDomains: readonly string[]
  readonly allowAnyName: boolean
  readonly allowBareDomains: boolean
  readonly allowSubdomains: boolean
  readonly allowGlobDomains: boolean
  readonly allowLocalhost: boolean
  readonly allowWildcardCertificates: boolean
  readonly enforceHostnames: boolean
  readonly allowIpSans: boolean
  readonly allowedUriSans: readonly string[]
  readonly requireCn: boolean
  readonly cnValidations: readonly string[]
  /** RFC 3339; empty is "by the TTL". */
  readonly notAfter: string
  readonly useCsrCommonName: boolean
  readonly useCsrSans: boolean
  readonly noStore: boolean
  readonly generateLease: boolean
  readonly issuerRef: string
  readonly ttl: number
  readonly maxTtl: number
}

const schema: Schema = {
  key_type: 'text',
  key_bits: 'integer',
  allowed_domains: 'texts',
  allow_any_name: 'boolean',
  allow_bare_domains: 'boolean',
  allow_subdomains: 'boolean',
  allow_glob_domains: 'boolean',
  allow_localhost: 'boolean',
  allow_wildcard_certificates: 'boolean',
  enforce_hostnames: 'boolean',
  allow_ip_sans: 'boolean',
  allowed_uri_sans: 'texts',
  require_cn: 'boolean',
  cn_validations: 'texts',
  not_after: 'text',
  use_csr_common_name: 'boolean',
  use_csr_sans: 'boolean',
  no_store: 'boolean',
  generate_lease: 'boolean',
  issuer_ref: 'text',
  ttl: 'duration',
  max_ttl: 'duration',
}

const leastKeyBits = { rsa: 2048, ec: 256, ed25519: 0, any: 0 }

/** A role from the parameters of `roles/NAME`, with Vault's defaults. A parameter that the fake does not know is a mistake. */
export function readPkiRole(name: string, body: Readonly<Record<string, unknown>>): PkiRole {
  const read = new Parameters(body, schema)
  if (read.warnings.length > 0) throw new Error(`the fake's roles have less: ${read.warnings.join('; ')}`)
  const keyType = (read.text('key_type') || 'rsa') as PkiRole['keyType']
  return {
    name,
    keyType,
    keyBits: read.integer('key_bits') || leastKeyBits[keyType],
    allowedDomains: read.texts('allowed_domains'),
    allowAnyName: read.boolean('allow_any_name', false),
    allowBareDomains: read.boolean('allow_bare_domains', false),
    allowSubdomains: read.boolean('allow_subdomains', false),
    allowGlobDomains: read.boolean('allow_glob_domains', false),
    allowLocalhost: read.boolean('allow_localhost', true),
    allowWildcardCertificates: read.boolean('allow_wildcard_certificates', true),
    enforceHostnames: read.boolean('enforce_hostnames', true),
    allowIpSans: read.boolean('allow_ip_sans', true),
    allowedUriSans: read.texts('allowed_uri_sans'),
    requireCn: read.boolean('require_cn', true),
    cnValidations: read.has('cn_validations') ? read.texts('cn_validations') : ['email', 'hostname'],
    notAfter: read.text('not_after'),
    useCsrCommonName: read.boolean('use_csr_common_name', true),
    useCsrSans: read.boolean('use_csr_sans', true),
    noStore: read.boolean('no_store', false),
    generateLease: read.boolean('generate_lease', false),
    issuerRef: read.text('issuer_ref') || 'default',
    ttl: read.duration('ttl'),
    maxTtl: read.duration('max_ttl'),
  }
}

/** The `data` of reading the role; what the fake does not act on stands at Vault's default. */
export function describePkiRole(role: PkiRole): Record<string, unknown> {
  return {
    ...unusedDefaults,
    allow_any_name: role.allowAnyName,
    allow_bare_domains: role.allowBareDomains,
    allow_glob_domains: role.allowGlobDomains,
    allow_ip_sans: role.allowIpSans,
    allow_localhost: role.allowLocalhost,
    allow_subdomains: role.allowSubdomains,
    allow_wildcard_certificates: role.allowWildcardCertificates,
    allowed_domains: role.allowedDomains,
    allowed_uri_sans: role.allowedUriSans,
    cn_validations: role.cnValidations,
    enforce_hostnames: role.enforceHostnames,
    generate_lease: role.generateLease,
    issuer_ref: role.issuerRef,
    key_bits: role.keyBits,
    key_type: role.keyType,
    max_ttl: role.maxTtl,
    no_store: role.noStore,
    not_after: role.notAfter,
    require_cn: role.requireCn,
    signature_bits: role.keyType === 'rsa' ? 256 : 0,
    ttl: role.ttl,
    use_csr_common_name: role.useCsrCommonName,
    use_csr_sans: role.useCsrSans,
  }
}

const unusedDefaults = {
  allow_token_displayname: false,
  allowed_domains_template: false,
  allowed_other_sans: [],
  allowed_serial_numbers: [],
  allowed_uri_sans_template: false,
  allowed_user_ids: [],
  basic_constraints_valid_for_non_ca: false,
  client_flag: true,
  code_signing_flag: false,
  country: [],
  email_protection_flag: false,
  ext_key_usage: [],
  ext_key_usage_oids: [],
  key_usage: ['DigitalSignature', 'KeyAgreement', 'KeyEncipherment'],
  locality: [],
  not_before_duration: 30,
  organization: [],
  ou: [],
  policy_identifiers: [],
  postal_code: [],
  province: [],
  serial_number_source: 'json-csr',
  server_flag: true,
  street_address: [],
  use_pss: false,
}
