import { createCipheriv, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { type DerValue, objectIdentifier, sequence } from '../der.ts'
import { integer, nothing, octets } from './der.ts'
import { deriveBytes } from './key-derivation.ts'

/** As many as Java's keytool takes. */
export const iterations = 10_000

/** Encrypted bytes, and the AlgorithmIdentifier that says how. */
export interface Encrypted {
  readonly algorithm: DerValue
  readonly bytes: Buffer
}

/** What encrypts by a password; salts are the caller's. */
export type PasswordEncryption = (plain: Buffer, password: string, salts: Salts) => Promise<Encrypted>

/** Bytes that nobody can foretell, the same for the same label. */
export type Salts = (label: string, length: number) => Buffer

/**
 * Salts that depend on a secret key and on all that they are used with: as good as random ones, and the same content gives
 * the same file again, so that it need not be written.
 */
export function saltsFrom(secret: Buffer, ...content: readonly (Buffer | string)[]): Salts {
  return (label, length) => {
    const hmac = createHmac('sha256', secret).update(label)
    for (const part of content) hmac.update('\0').update(createHmac('sha256', secret).update(part).digest())
    return hmac.digest().subarray(0, length)
  }
}

/** PBES2 with PBKDF2, HMAC-SHA256 and AES-256 in CBC: RFC 8018, appendices A.2, A.4 and B.2.5. */
export const encryptByAes: PasswordEncryption = async (plain, password, salts) => {
  const salt = salts('salt', 16)
  const iv = salts('iv', 16)
  const key = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256')
  const prf = sequence(objectIdentifier('1.2.840.113549.2.9'), nothing())
  const derivation = sequence(
    objectIdentifier('1.2.840.113549.1.5.12'),
    sequence(octets(salt), integer(iterations), prf),
  )
  const scheme = sequence(objectIdentifier('2.16.840.1.101.3.4.1.42'), octets(iv))
  return {
    algorithm: sequence(objectIdentifier('1.2.840.113549.1.5.13'), sequence(derivation, scheme)),
    bytes: encrypt('aes-256-cbc', key, iv, plain),
  }
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC: RFC 7292, appendix C. All that Java before 8u301 and older Windows read. */
export const encryptByTripleDes: PasswordEncryption = (plain, password, salts) => {
  const salt = salts('salt', 8)
  const derivation = { digest: 'sha1', password, salt, iterations } as const
  const key = deriveBytes(24, { ...derivation, purpose: 'encryption' })
  const iv = deriveBytes(8, { ...derivation, purpose: 'iv' })
  return Promise.resolve({
    algorithm: sequence(objectIdentifier('1.2.840.113549.1.12.1.3'), sequence(octets(salt), integer(iterations))),
    bytes: encrypt('des-ede3-cbc', key, iv, plain),
  })
}

function encrypt(cipher: string, key: Buffer, iv: Buffer, plain: Buffer): Buffer {
  const encryption = createCipheriv(cipher, key, iv)
  return Buffer.concat([encryption.update(plain), encryption.final()])
}
