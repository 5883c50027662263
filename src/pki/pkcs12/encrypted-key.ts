import type { Secret } from '../../core/secret.ts'
import { formatPem } from '../pem.ts'
import type { PrivateKey } from '../private-key.ts'
import { type DerValue, sequence } from '../der.ts'
import { encode, octets } from './der.ts'
import { encryptByAes, type PasswordEncryption, type Salts, saltsFrom } from './password-encryption.ts'

/** The key in PEM, encrypted by the password (PKCS#8). The same key and password give the same text. */
export async function formatEncryptedKey({ keyObject }: PrivateKey, password: Secret): Promise<string> {
  const key = keyObject.export({ type: 'pkcs8', format: 'der' })
  const salts = saltsFrom(key, password.reveal())
  const info = await encryptedKeyInfo(key, password.reveal(), salts, encryptByAes)
  return formatPem('ENCRYPTED PRIVATE KEY', encode(info))
}

/** EncryptedPrivateKeyInfo: RFC 5958, section 3. */
export async function encryptedKeyInfo(
  key: Buffer,
  password: string,
  salts: Salts,
  encrypt: PasswordEncryption,
): Promise<DerValue> {
  const { algorithm, bytes } = await encrypt(key, password, salts)
  return sequence(algorithm, octets(bytes))
}
