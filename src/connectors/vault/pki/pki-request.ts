import type { San } from '../../../pki/names.ts'
import { isDnsName } from '../../../pki/names.ts'
import type { CertificateRequest } from '../../connector.ts'

/**
 * The parameters of `sign/` and `issue/`. Names go out beside the CSR that carries them too: which of the two counts is
 * the role's own choice (`use_csr_sans`, `use_csr_common_name`).
 */
export function pkiParameters(request: CertificateRequest): Record<string, string | boolean | readonly string[]> {
  const { commonName, sans, ttl, key } = request
  const values = (...types: readonly San['type'][]): readonly string[] =>
    sans.filter(({ type }) => types.includes(type)).map(({ value }) => value)
  const uris = values('uri')
  const parameters = {
    common_name: commonName ?? '',
    alt_names: values('dns', 'email').join(','),
    ip_sans: values('ip').join(','),
    // Vault splits one text at its commas, which a URI may have; a list it takes as it is.
    uri_sans: uris.some((uri) => uri.includes(',')) ? uris : uris.join(','),
    ttl: ttl === undefined ? '' : `${String(Math.max(1, Math.round(ttl.seconds)))}s`,
    ...(key.origin === 'csr' ? { csr: key.csr } : keyParameters(key.keyType)),
  }
  const given = Object.entries(parameters).filter(([, value]) => value !== '')
  // Vault makes a DNS or email SAN of any common name, also of an IP address.
  const excluded = commonName !== undefined && !isDnsName(commonName) ? { exclude_cn_from_sans: true } : {}
  return { ...Object.fromEntries(given), ...excluded }
}

/** Roles that leave the kind of key open want to be told; the others say that they ignore it. */
function keyParameters(keyType: string | undefined): Record<string, string> {
  return { private_key_format: 'pkcs8', ...(keyType === undefined ? {} : (vaultKeyTypes[keyType] ?? {})) }
}

const vaultKeyTypes: Readonly<Record<string, Record<string, string>>> = {
  ec256: { key_type: 'ec', key_bits: '256' },
  ec384: { key_type: 'ec', key_bits: '384' },
  ec521: { key_type: 'ec', key_bits: '521' },
  rsa2048: { key_type: 'rsa', key_bits: '2048' },
  rsa3072: { key_type: 'rsa', key_bits: '3072' },
  rsa4096: { key_type: 'rsa', key_bits: '4096' },
  ed25519: { key_type: 'ed25519' },
}
