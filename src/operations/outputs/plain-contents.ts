import type { Secret } from '../../core/secret.ts'
import type { CertificateSet } from '../../files/certificate-set.ts'
import type { Outputs } from '../../files/inventory-entry.ts'
import { parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { parsePrivateKey, type PrivateKey } from '../../pki/private-key.ts'
import type { FileKey } from './told-outputs.ts'

export interface Passwords {
  readonly key: Secret | undefined
  readonly pkcs12: Secret | undefined
}

/** What a plain file holds; undefined for a root that the issuer does not give. */
export async function plainContent(
  key: FileKey,
  set: CertificateSet,
  outputs: Outputs,
  passwords: Passwords,
): Promise<Buffer | undefined> {
  if (!isSalted(key, outputs)) return fixedContent(key, set, outputs)
  return key === 'pkcs12File' ? pkcs12(set, outputs, passwords.pkcs12) : encryptedKey(keyOf(set), passwords.key)
}

/** Whether it comes out differently each time it is made: encryption begins with a random salt. */
export function isSalted(key: FileKey, { keyPasswordFile }: Outputs): boolean {
  return key === 'pkcs12File' || (key === 'keyFile' && keyPasswordFile !== undefined)
}

/** What a file holds whose content follows from the set alone. */
export function fixedContent(key: FileKey, set: CertificateSet, outputs: Outputs): Buffer | undefined {
  switch (key) {
    case 'caFile':
      return set.ca === undefined ? undefined : Buffer.from(set.ca)
    case 'derFile':
      return parseCertificate(set.cert, 'the certificate').der
    case 'chainFile':
      return Buffer.from(set.chain)
    case 'certFile':
      return Buffer.from(set.cert)
    case 'fullchainFile':
      return Buffer.from(set.fullchain)
    case 'combinedFile':
      return Buffer.from(set.fullchain + keyText(keyOf(set), outputs))
    case 'keyFile':
      return Buffer.from(keyText(keyOf(set), outputs))
    case 'pkcs12File':
      throw new Error('a PKCS#12 file is never the same twice')
  }
}

function keyOf({ key }: CertificateSet): PrivateKey {
  if (key === undefined) throw new Error('a file with a key was asked for where there is none')
  return parsePrivateKey(key.reveal(), 'the key')
}

function keyText(key: PrivateKey, { keyFormat }: Outputs): string {
  return (keyFormat === 'traditional' ? key.traditionalPem : key.pem).reveal()
}

async function encryptedKey(key: PrivateKey, password: Secret | undefined): Promise<Buffer> {
  if (password === undefined) throw new Error('an encrypted key was asked for without a password')
  const { formatEncryptedKey } = await import('../../pki/pkcs12/encrypted-key.ts')
  return Buffer.from(await formatEncryptedKey(key, password))
}

async function pkcs12(set: CertificateSet, outputs: Outputs, password: Secret | undefined): Promise<Buffer> {
  if (password === undefined) throw new Error('a PKCS#12 file was asked for without a password')
  const { formatPkcs12 } = await import('../../pki/pkcs12/pkcs12.ts')
  return formatPkcs12({
    leaf: parseCertificate(set.cert, 'the certificate'),
    chain: parseCertificates(set.chain, 'the chain'),
    key: keyOf(set),
    password,
    alias: outputs.pkcs12Alias ?? set.record.name,
    isLegacy: outputs.pkcs12Legacy ?? false,
  })
}
