import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import type { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { Pbes2Parameters, Pbkdf2Parameters, Pkcs12PbeParameters } from './pkcs12-schema.ts'

/** A way of encryption that is not known here; its OID. */
export class UnknownEncryption extends Error {
  constructor(readonly oid: string) {
    super(`encryption ${oid} is not known`)
  }
}

/** What stands between a file that opens at once and one that is meant to keep a reader busy. */
const mostIterations = 10_000_000

/** The content in clear; throws when the password is wrong, and UnknownEncryption. */
export function decryptPkcs12(algorithm: AlgorithmIdentifier, encrypted: Buffer, password: string): Buffer {
  const { cipher, key, iv } = cipherFor(algorithm, password)
  const decipher = createDecipheriv(cipher, key, iv)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

interface Keyed {
  readonly cipher: string
  readonly key: Buffer
  readonly iv: Buffer
}

function cipherFor(algorithm: AlgorithmIdentifier, password: string): Keyed {
  if (algorithm.algorithm === pbes2) return modernCipher(algorithm, password)
  if (algorithm.algorithm !== tripleDes) throw new UnknownEncryption(algorithm.algorithm)
  const { salt, iterations } = AsnConvert.parse(parametersOf(algorithm), Pkcs12PbeParameters)
  const derive = (purpose: 1 | 2, length: number): Buffer =>
    deriveFromPassword('sha1', password, { salt: Buffer.from(salt.buffer), iterations, purpose, length })
  return { cipher: 'des-ede3-cbc', key: derive(1, 24), iv: derive(2, 8) }
}

// RFC 8018, appendix A.4, and RFC 7292, appendix C: SHA-1 and three-key triple DES.
const pbes2 = '1.2.840.113549.1.5.13'
const tripleDes = '1.2.840.113549.1.12.1.3'

const aesCiphers: Readonly<Record<string, readonly [cipher: string, keyLength: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
}

/** Of PBKDF2's pseudo-random functions, all HMAC (RFC 8018, appendix B.1); SHA-1 is the default. */
const hmacs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

function modernCipher(algorithm: AlgorithmIdentifier, password: string): Keyed {
  const { keyDerivationFunc, encryptionScheme } = AsnConvert.parse(parametersOf(algorithm), Pbes2Parameters)
  const [cipher, keyLength] = aesCiphers[encryptionScheme.algorithm] ?? unknown(encryptionScheme.algorithm)
  const { salt, iterationCount, prf } = AsnConvert.parse(parametersOf(keyDerivationFunc), Pbkdf2Parameters)
  const digest = prf === undefined ? 'sha1' : (hmacs[prf.algorithm] ?? unknown(prf.algorithm))
  assertBearable(iterationCount)
  const key = pbkdf2Sync(password, Buffer.from(salt.buffer), iterationCount, keyLength, digest)
  return { cipher, key, iv: Buffer.from(AsnConvert.parse(parametersOf(encryptionScheme), OctetString).buffer) }
}

function unknown(oid: string): never {
  throw new UnknownEncryption(oid)
}

function parametersOf({ parameters }: AlgorithmIdentifier): ArrayBuffer {
  return parameters ?? new ArrayBuffer(0)
}

export interface Derivation {
  readonly salt: Buffer
  readonly iterations: number
  /** 1 a key, 2 an initial vector, 3 a key for the MAC. */
  readonly purpose: 1 | 2 | 3
  readonly length: number
}

/** PKCS#12's own way from a password to bytes: RFC 7292, appendix B.2, in its letters. */
export function deriveFromPassword(
  hash: string,
  password: string,
  { salt, iterations, purpose, length }: Derivation,
): Buffer {
  assertBearable(iterations)
  const v = hash === 'sha384' || hash === 'sha512' ? 128 : 64
  const filled = (bytes: Buffer): Buffer => Buffer.alloc(v * Math.ceil(bytes.length / v), bytes)
  const d = Buffer.alloc(v, purpose)
  let i = Buffer.concat([filled(salt), filled(bmpString(password))])
  const parts: Buffer[] = []
  while (Buffer.concat(parts).length < length) {
    let a = createHash(hash).update(d).update(i).digest()
    for (let round = 1; round < iterations; round += 1) a = createHash(hash).update(a).digest()
    parts.push(a)
    const b = Buffer.alloc(v, a)
    i = Buffer.concat(
      Array.from({ length: i.length / v }, (_, block) => sumPlusOne(i.subarray(block * v, (block + 1) * v), b)),
    )
  }
  return Buffer.concat(parts).subarray(0, length)
}

/** UTF-16, big-endian, with a zero at its end. */
function bmpString(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16()
}

/** Of two numbers of one length, in bytes; what goes beyond it is dropped. */
function sumPlusOne(one: Buffer, other: Buffer): Buffer {
  const sum = Buffer.alloc(one.length)
  let carry = 1
  for (let at = one.length - 1; at >= 0; at -= 1) {
    carry += one[at]! + other[at]!
    sum[at] = carry & 0xff
    carry >>= 8
  }
  return sum
}

function assertBearable(iterations: number): void {
  if (iterations > mostIterations) throw new Error(`${iterations} iterations are too many`)
}
