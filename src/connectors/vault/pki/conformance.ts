import { Duration, formatDuration } from '../../../core/duration.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import { formatSan, sameSan, type San } from '../../../pki/names.ts'
import type { CertificateRequest } from '../../connector.ts'

/** Rounding and the way of the request. */
const tolerance = Duration.ofSeconds(60)

/** What the certificate has in another way than it was asked for, a text each. */
export function deviations(leaf: Certificate, request: CertificateRequest, now: Date): readonly string[] {
  return [...nameDeviations(leaf, request), ...keyDeviations(leaf, request), ...validityDeviations(leaf, request, now)]
}

/** Vault's remarks without those on parameters that it ignored and that the certificate carries all the same. */
export function remarksThatMatter(
  warnings: readonly string[],
  leaf: Certificate,
  request: CertificateRequest,
): readonly string[] {
  const hasNames = nameDeviations(leaf, request).length === 0
  const hasKey = keyDeviations(leaf, request).length === 0
  return warnings.filter((text) => !(hasNames && ignoredName.test(text)) && !(hasKey && ignoredKeyType.test(text)))
}

const ignoredName = /^the \w+ field was provided but the role is set with "use_csr_(common_name|sans)"/
/** The role decides the kind of key of `issue/` unless it leaves it open. */
const ignoredKeyType = /^Endpoint ignored these unrecognized parameters: \[(?:key_bits|key_type| )+\]$/

function nameDeviations(leaf: Certificate, { commonName, sans, key }: CertificateRequest): readonly string[] {
  const isLeftToCsr = key.origin === 'csr' && commonName === undefined && sans.length === 0
  if (isLeftToCsr) return []
  const missing = sans.filter((wanted) => !leaf.sans.some((san) => sameSan(san, wanted)))
  // Vault makes an alternative name of the common name by itself.
  const added = leaf.sans.filter((san) => san.value !== commonName && !sans.some((wanted) => sameSan(san, wanted)))
  const otherName = commonName !== undefined && leaf.commonName !== commonName
  return [
    ...list('the certificate lacks what was asked for', missing),
    ...list('the certificate has names that were not asked for', added),
    ...(otherName
      ? [`the certificate's common name is ${leaf.commonName ?? 'empty'}, not ${commonName} as asked for`]
      : []),
  ]
}

function list(text: string, sans: readonly San[]): readonly string[] {
  return sans.length === 0 ? [] : [`${text}: ${sans.map(formatSan).join(', ')}`]
}

function keyDeviations(leaf: Certificate, { key }: CertificateRequest): readonly string[] {
  if (key.origin === 'csr' || key.keyType === undefined || key.keyType === leaf.keyType) return []
  return [`the certificate's key is ${leaf.keyType}, not ${key.keyType} as asked for`]
}

function validityDeviations(leaf: Certificate, { ttl }: CertificateRequest, now: Date): readonly string[] {
  if (ttl === undefined) return []
  const granted = Duration.between(now, leaf.notAfter)
  const isShort = granted.plus(tolerance).isLessThan(ttl)
  const isLong = ttl.plus(tolerance).isLessThan(granted)
  return isShort || isLong
    ? [`the certificate is valid for ${formatDuration(granted)}, not for ${formatDuration(ttl)} as asked for`]
    : []
}
