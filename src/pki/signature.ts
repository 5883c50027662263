import { type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { FileError } from '../core/errors.ts'
import { isQuick } from './key-type.ts'
import type { PrivateKey } from './private-key.ts'

export interface SignatureAlgorithm {
  readonly oid: string
  /** The key's type as node:crypto calls it. */
  readonly keyType: string
  /** Null where the algorithm has its own. */
  readonly digest: string | null
}

// RFC 8017, A.2.4; RFC 5758, section 3.2; RFC 8410, section 3.
const algorithms: readonly SignatureAlgorithm[] = [
  { oid: '1.2.840.113549.1.1.11', keyType: 'rsa', digest: 'sha256' },
  { oid: '1.2.840.113549.1.1.12', keyType: 'rsa', digest: 'sha384' },
  { oid: '1.2.840.113549.1.1.13', keyType: 'rsa', digest: 'sha512' },
  { oid: '1.2.840.10045.4.3.2', keyType: 'ec', digest: 'sha256' },
  { oid: '1.2.840.10045.4.3.3', keyType: 'ec', digest: 'sha384' },
  { oid: '1.2.840.10045.4.3.4', keyType: 'ec', digest: 'sha512' },
  { oid: '1.3.101.112', keyType: 'ed25519', digest: null },
  { oid: '1.3.101.113', keyType: 'ed448', digest: null },
]

const signAsync = promisify<string | null, Buffer, KeyObject, Buffer>(sign)
const verifyAsync = promisify<string | null, Buffer, KeyObject, Buffer, boolean>(verify)

export async function signBytes(bytes: ArrayBuffer | Uint8Array, key: PrivateKey): Promise<Buffer> {
  const { digest } = signatureAlgorithmOf(key)
  const data = Buffer.from(new Uint8Array(bytes))
  return isQuick(key.keyType) ? sign(digest, data, key.keyObject) : signAsync(digest, data, key.keyObject)
}

/** The parameters that stand beside the algorithm: NULL for RSA, absent for the others (RFC 4055, section 5). */
export function hasNullParameters({ keyType }: SignatureAlgorithm): boolean {
  return keyType === 'rsa'
}

/** Undefined when it can't be told: an algorithm that is weak, unknown or not the key's. */
export async function isSignedBy(
  bytes: ArrayBuffer,
  signature: ArrayBuffer,
  oid: string,
  publicKey: KeyObject,
): Promise<boolean | undefined> {
  const algorithm = algorithms.find((one) => one.oid === oid && one.keyType === publicKey.asymmetricKeyType)
  if (!algorithm) return undefined
  return verifyAsync(algorithm.digest, Buffer.from(bytes), publicKey, Buffer.from(signature))
}

/** What a certificate, CSR or CRL is signed by; a FileError for a key that can't sign one. */
export function signatureAlgorithmOf(key: PrivateKey): SignatureAlgorithm {
  const keyType = key.keyObject.asymmetricKeyType
  const digest = { ec384: 'sha384', ec521: 'sha512', ed25519: null, ed448: null }[key.keyType]
  const wanted = digest === undefined ? 'sha256' : digest
  const algorithm = algorithms.find((one) => one.keyType === keyType && one.digest === wanted)
  if (!algorithm)
    throw new FileError(`a key of type ${key.keyType} cannot sign here`, { hint: 'use an EC, RSA or Ed25519 key' })
  return algorithm
}
