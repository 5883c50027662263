import type { Secret } from '../core/secret.ts'
import type { Certificate } from './certificate.ts'
import { parsePrivateKey } from './private-key.ts'

/**
 * Whether a private key in PEM is the certificate's own. A key mostly carries its public half; finding that in the
 * certificate takes a fraction of what OpenSSL takes to load the key, and says the same: it compares public halves, too.
 * FileError when the key can't be read.
 */
export function isKeyOf(pem: Secret, certificate: Certificate, name: string): boolean {
  return carriesPublicHalf(pem, certificate) || parsePrivateKey(pem.reveal(), name).isFor(certificate)
}

/**
 * 32 bytes of a public key are as good as a hash of it. In PKCS#8 that node:crypto writes, those of an EC key are the
 * last ones, and 64 bytes after the beginning is the midst of an RSA key's modulus.
 */
export function carriesPublicHalf(pem: Secret, { der }: { readonly der: Buffer }): boolean {
  const body = /-----BEGIN PRIVATE KEY-----([^-]*)-----END/.exec(pem.reveal())?.[1] ?? ''
  const key = Buffer.from(body, 'base64')
  return [key.subarray(-32), key.subarray(64, 96)].some((part) => part.length === 32 && der.includes(part))
}
