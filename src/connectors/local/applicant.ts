import type { KeyObject } from 'node:crypto'
import { RejectedError } from '../../core/errors.ts'
import { parseCsr } from '../../pki/csr.ts'
import { keyTypeOf } from '../../pki/key-type.ts'
import { type San, isDnsName, isIpAddress, parseSan, sameSan } from '../../pki/names.ts'
import { type PrivateKey, generatePrivateKey } from '../../pki/private-key.ts'
import type { CertificateRequest } from '../connector.ts'

/** Whom a leaf is for. */
export interface Applicant {
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly publicKey: KeyObject
  /** Only when the key was made here. */
  readonly privateKey: PrivateKey | undefined
}

/**
 * The names of the request or, where it has none, of its CSR; the CSR's signature is verified. A common name that is a DNS
 * name or an IP address also becomes a SAN, since TLS clients look nowhere else (RFC 9525, section 2).
 */
export async function readApplicant(request: CertificateRequest): Promise<Applicant> {
  const { commonName, sans, publicKey, privateKey } = await readKey(request)
  const wanted = {
    commonName: request.commonName ?? commonName,
    sans: request.sans.length > 0 ? request.sans : sans,
  }
  if (wanted.commonName === undefined && wanted.sans.length === 0) {
    throw new RejectedError('the request names nothing: neither a common name nor a SAN', {
      hint: 'put a name into it',
    })
  }
  refuseWeakKey(publicKey)
  return { commonName: wanted.commonName, sans: withCommonName(wanted.sans, wanted.commonName), publicKey, privateKey }
}

async function readKey({ key }: CertificateRequest): Promise<Applicant> {
  if (key.origin === 'csr') return { ...(await parseCsr(key.csr)), privateKey: undefined }
  const privateKey = await generatePrivateKey(key.keyType ?? 'ec256')
  return { commonName: undefined, sans: [], publicKey: privateKey.publicKey, privateKey }
}

function withCommonName(sans: readonly San[], commonName: string | undefined): readonly San[] {
  if (commonName === undefined || !(isDnsName(commonName) || isIpAddress(commonName))) return sans
  const own = parseSan(commonName)
  return sans.some((san) => sameSan(san, own)) ? sans : [own, ...sans]
}

/** Below 2048 bits RSA is refused by TLS clients (OpenSSL's security level 2, Vault and the CA/Browser Forum alike). */
export function isWeakKey(publicKey: KeyObject): boolean {
  const { modulusLength } = publicKey.asymmetricKeyDetails ?? {}
  return modulusLength !== undefined && modulusLength < 2048
}

function refuseWeakKey(publicKey: KeyObject): void {
  if (!isWeakKey(publicKey)) return
  throw new RejectedError(`a key of type ${keyTypeOf(publicKey)} is too weak`, {
    hint: 'use RSA of 2048 bits or more, or ec256',
  })
}
