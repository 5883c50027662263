/** What a suite finds on the fake and on the real server alike. Names and durations as Vault's API takes them. */
export interface MountFixture {
  readonly path: string
  readonly maxLeaseTtl: string
  /** `root`: self-signed. `intermediate`: signed by the root of `pki`. `none`: a mount without an issuer. */
  readonly issuer:
    { readonly kind: 'root' | 'intermediate'; readonly commonName: string; readonly ttl: string } | 'none'
}

export const mounts: readonly MountFixture[] = [
  { path: 'pki', maxLeaseTtl: '8760h', issuer: { kind: 'root', commonName: 'contract root', ttl: '8700h' } },
  {
    path: 'pki_int',
    maxLeaseTtl: '4380h',
    issuer: { kind: 'intermediate', commonName: 'contract intermediate', ttl: '8000h' },
  },
  { path: 'pki_none', maxLeaseTtl: '4380h', issuer: 'none' },
]

const anyKey = { key_type: 'any' }
const contractUris = { allowed_uri_sans: ['spiffe://contract.test/*'] }
/** Before the issuers end. */
const inAMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+/, '')
const contractDomain = { allowed_domains: ['contract.test'], allow_subdomains: true }

/** Every mount has them all. */
export const roles: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  web: contractDomain,
  any: { ...anyKey, allow_any_name: true },
  ec: { ...contractDomain, key_type: 'ec' },
  ed: { ...contractDomain, key_type: 'ed25519' },
  short: { ...anyKey, ...contractDomain, ttl: '30m', max_ttl: '1h' },
  uri: { ...anyKey, allow_any_name: true, ...contractUris },
  'all-rsa': { allow_any_name: true, ...contractUris },
  'all-ec': { key_type: 'ec', allow_any_name: true, ...contractUris },
  'all-no-store': { key_type: 'ec', allow_any_name: true, no_store: true, ...contractUris },
  'no-ip': { ...anyKey, allow_any_name: true, allow_ip_sans: false },
  'no-cn': { ...anyKey, allow_any_name: true, require_cn: false },
  glob: { ...anyKey, allowed_domains: ['*.contract.test'], allow_glob_domains: true },
  bare: { ...anyKey, allowed_domains: ['contract.test', 'a*.contract.test'], allow_bare_domains: true },
  'no-wildcards': { ...anyKey, allow_any_name: true, allow_wildcard_certificates: false },
  'any-text': { ...anyKey, allow_any_name: true, enforce_hostnames: false },
  'mail-cn': { ...anyKey, allow_any_name: true, cn_validations: ['email'] },
  'host-cn': { ...anyKey, allow_any_name: true, cn_validations: ['hostname'] },
  'free-cn': { ...anyKey, ...contractDomain, cn_validations: ['disabled'] },
  'fixed-end': { ...anyKey, allow_any_name: true, not_after: inAMonth },
  'no-csr-names': { ...anyKey, allow_any_name: true, use_csr_common_name: false, use_csr_sans: false },
  'no-store': { ...anyKey, allow_any_name: true, no_store: true },
  lease: { ...anyKey, allow_any_name: true, generate_lease: true },
}

export type Capability = 'create' | 'read' | 'update' | 'delete' | 'list' | 'sudo' | 'deny'

export type PolicyRules = Readonly<Record<string, readonly Capability[]>>

/** `pki` may use every mount of the fixture, `signing` only sign; `nothing` grants nothing, not even `lookup-self`. */
export const policies: Readonly<Record<string, PolicyRules>> = {
  pki: Object.fromEntries(mounts.map(({ path }) => [`${path}/*`, ['create', 'read', 'update', 'list'] as const])),
  signing: { 'pki/sign/all-ec': ['update'] },
  nothing: { 'cubbyhole/nothing': ['deny'] },
}

/** A policy in Vault's own language. */
export function formatPolicy(rules: PolicyRules): string {
  return Object.entries(rules)
    .map(([path, capabilities]) => `path ${JSON.stringify(path)} { capabilities = ${JSON.stringify(capabilities)} }`)
    .join('\n')
}
