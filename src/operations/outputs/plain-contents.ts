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

export interface PlainContent {
  readonly content: Buffer
  readonly isSecret: boolean
}

/** What a plain file holds; undefined for a root that the issuer does not give. */
export async function plainContent(
  key: FileKey,
  set: CertificateSet,
  outputs: Outputs,
  passwords: Passwords,
): Promise<PlainContent | undefined> {
  switch (key) {
    case 'caFile':
      return set.ca === undefined ? undefined : open(set.ca)
    case 'derFile':
      return open(parseCertificate(set.cert, 'the certificate').der)
    case 'chainFile':
      return open(set.chain)
    case 'certFile':
      return open(set.cert)
    case 'fullchainFile':
      return open(set.fullchain)
    case 'combinedFile':
      return secret(set.fullchain + keyText(keyOf(set), outputs))
    case 'keyFile':
      return secret(await keyFileText(keyOf(set), outputs, passwords.key))
    case 'pkcs12File':
      return secret(await pkcs12(set, outputs, passwords.pkcs12))
  }
}

function open(content: string | Buffer): PlainContent {
  return { content: Buffer.from(content), isSecret: false }
}

function secret(content: string | Buffer): PlainContent {
  return { content: Buffer.from(content), isSecret: true }
}

function keyOf({ key }: CertificateSet): PrivateKey {
  if (key === undefined) throw new Error('a file with a key was asked for where there is none')
  return parsePrivateKey(key.reveal(), 'the key')
}

function keyText(key: PrivateKey, { keyFormat }: Outputs): string {
  return (keyFormat === 'traditional' ? key.traditionalPem : key.pem).reveal()
}

async function keyFileText(key: PrivateKey, outputs: Outputs, password: Secret | undefined): Promise<string> {
  if (password === undefined) return keyText(key, outputs)
  const { formatEncryptedKey } = await import('../../pki/pkcs12/encrypted-key.ts')
  return formatEncryptedKey(key, password)
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
