import type { CertificateRecord } from '../files/certificate-record.ts'
import type { CertificateSet } from '../files/certificate-set.ts'
import type { KeyType } from '../pki/key-type.ts'
import { keyTypes } from '../pki/key-type.ts'
import type { Issuer } from './issuer.ts'
import type { ObtainedCertificate, WantedCertificate } from './obtain-certificate.ts'

/** The texts of what was obtained: leaf, chain without the root, both together, root and key. */
export function certificateTexts({
  leaf,
  chain,
  root,
  privateKey,
}: ObtainedCertificate): Omit<CertificateSet, 'record'> {
  const chainText = chain.map(({ pem }) => pem).join('')
  return { cert: leaf.pem, chain: chainText, fullchain: leaf.pem + chainText, key: privateKey?.pem, ca: root?.pem }
}

/** How it was asked for, so that a successor can be asked for in the same way. No secret is in it. */
export function certificateRecord(
  name: string,
  wanted: WantedCertificate,
  obtained: ObtainedCertificate,
  issuer: Issuer,
): CertificateRecord {
  return {
    schema: 1,
    issuer: issuer.recorded,
    name,
    sans: wanted.sans.map(({ type, value }) => ({ type, value })),
    ttlSeconds: wanted.ttl === undefined ? null : wanted.ttl.seconds,
    keyType: knownKeyType(obtained.leaf.keyType),
    keyOrigin: wanted.key.origin,
    csr: wanted.key.origin === 'csr' ? wanted.key.csr.pem : null,
  }
}

/** Null for the kinds that certctl does not make: their key is given anew or kept. */
function knownKeyType(keyType: string): KeyType | null {
  return keyTypes.find((known) => known === keyType) ?? null
}
