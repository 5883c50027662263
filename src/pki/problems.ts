import type { KeyObject } from 'node:crypto'
import { formatDuration, Duration } from '../core/duration.ts'
import { formatTime } from '../core/time.ts'
import type { Certificate } from './certificate.ts'
import { certificateDetails, isWeakSignature, signatureName, unknownCriticalExtensions } from './certificate-details.ts'
import { chainProblems, leafOf, nameOf, type CertificateQuestion, type Problem } from './chain-problems.ts'
import type { SeenCsr } from './csr.ts'
import { keyTypeOf } from './key-type.ts'
import { formatSan, type San } from './names.ts'

/** What is wrong with certificates that stand together, in their order. */
export function certificateProblems(
  certificates: readonly Certificate[],
  question: CertificateQuestion,
): readonly Problem[] {
  return [
    ...certificates.flatMap((certificate) => ownProblems(certificate, question.now)),
    ...nameProblems(leafOf(certificates, question), question.name),
    ...(question.mustLead ? usageProblems(leafOf(certificates, question)) : []),
    ...chainProblems(certificates, question),
  ]
}

export function requestProblems({ csr, isGenuine, signatureAlgorithm }: SeenCsr): readonly Problem[] {
  const who = csr.commonName ?? csr.sans[0]?.value ?? 'the request'
  const signature = signatureName(signatureAlgorithm)
  return [
    ...(isGenuine === false
      ? [{ code: 'bad-signature', detail: `${who}: the request is not signed by the key that it is for` }]
      : []),
    ...(isGenuine === undefined
      ? [{ code: 'weak-signature', detail: `${who}: the request is signed by ${signature}, which is not checked` }]
      : []),
    ...(csr.sans.length === 0
      ? [
          {
            code: 'no-names',
            detail: `${who}: the request has no alternative names, which are all that TLS clients look at`,
          },
        ]
      : []),
    ...weakKey(csr.publicKey, who),
  ]
}

/** Private keys that are for none of the certificates and requests, where there are any. */
export function keyProblems(
  keys: readonly KeyObject[],
  holders: readonly { readonly publicKey: KeyObject }[],
): readonly Problem[] {
  if (holders.length === 0) return []
  return keys
    .filter((key) => !holders.some(({ publicKey }) => publicKey.equals(key)))
    .map((key) => ({
      code: 'key-mismatch',
      detail: `the private key (${keyTypeOf(key)}) is for none of the certificates`,
    }))
}

/** Below what OpenSSL's security level 2 and the CA/Browser Forum ask for; DSA is in no TLS 1.3. */
function weakKey(key: KeyObject, who: string): readonly Problem[] {
  const keyType = keyTypeOf(key)
  const [, family, bits] = /^(rsa|rsa-pss|dsa|ec)(\d+)$/.exec(keyType) ?? []
  const isShort = family !== undefined && Number(bits) < (family === 'ec' ? 256 : 2048)
  if (!isShort && family !== 'dsa') return []
  return [{ code: 'weak-key', detail: `${who}: a key of type ${keyType} is too weak` }]
}

function ownProblems(certificate: Certificate, now: Date): readonly Problem[] {
  const who = nameOf(certificate)
  const { signatureAlgorithm } = certificateDetails(certificate)
  // Nobody relies on the signature of a root: it is trusted for itself.
  const isWeakly = isWeakSignature(signatureAlgorithm) && !certificate.isSelfSigned
  return [
    ...timeProblems(certificate, now, who),
    ...weakKey(certificate.publicKey, who),
    ...(isWeakly
      ? [{ code: 'weak-signature', detail: `${who}: signed by ${signatureAlgorithm}, which can be forged` }]
      : []),
    ...unknownCriticalExtensions(certificate).map((oid) => ({
      code: 'unknown-critical-extension',
      detail: `${who}: has the critical extension ${oid}, for which clients that do not know it refuse it`,
    })),
  ]
}

function timeProblems({ notBefore, notAfter }: Certificate, now: Date, who: string): readonly Problem[] {
  if (notAfter <= now) {
    const since = formatDuration(Duration.between(notAfter, now))
    return [{ code: 'expired', detail: `${who}: expired ${since} ago, ${formatTime(notAfter)}` }]
  }
  if (now < notBefore) return [{ code: 'not-yet-valid', detail: `${who}: not valid before ${formatTime(notBefore)}` }]
  return []
}

function nameProblems(leaf: Certificate | undefined, name: San | undefined): readonly Problem[] {
  if (!leaf || name === undefined || leaf.isFor(name)) return []
  const names = leaf.sans.map(formatSan).join(', ') || 'nobody: it has no alternative names'
  return [{ code: 'name-mismatch', detail: `${nameOf(leaf)}: not for ${formatSan(name)}, but for ${names}` }]
}

/** Of what a server sends: usages that leave out servers are refused, none at all leave all open (RFC 5280, 4.2.1.12). */
function usageProblems(leaf: Certificate | undefined): readonly Problem[] {
  const usages = leaf ? certificateDetails(leaf).extendedKeyUsage : []
  const isOpen =
    usages.length === 0 || usages.some((usage) => usage === 'serverAuth' || usage === 'anyExtendedKeyUsage')
  if (!leaf || isOpen) return []
  return [
    { code: 'wrong-usage', detail: `${nameOf(leaf)}: for ${usages.join(', ')}, and not for servers (serverAuth)` },
  ]
}
