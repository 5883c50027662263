import {
  AuthenticatedSafe,
  CertBag,
  PFX,
  SafeContents,
  type SafeBag,
  id_certBag,
  id_keyBag,
  id_pkcs8ShroudedKeyBag,
  id_x509Certificate,
} from '@peculiar/asn1-pfx'
import { type ContentInfo, id_data, id_encryptedData } from '@peculiar/asn1-cms'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { createHmac, createPrivateKey, type KeyObject } from 'node:crypto'
import { FileError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { arrayBuffer } from './asn1.ts'
import { Certificate } from './certificate.ts'
import { UnknownEncryption, decryptPkcs12, deriveFromPassword } from './pkcs12-decryption.ts'
import { EncryptedData } from './pkcs12-schema.ts'

/** What a PKCS#12 file holds, RFC 7292. */
export interface Pkcs12 {
  readonly certificates: readonly Certificate[]
  readonly privateKeys: readonly Pkcs12Key[]
}

export interface Pkcs12Key {
  readonly key: KeyObject
  /** A file with a password may hold its keys in clear. */
  readonly isEncrypted: boolean
}

/** The file without its content; undefined for bytes that are none. */
export function parsePkcs12(der: Buffer): PFX | undefined {
  try {
    const file = AsnConvert.parse(arrayBuffer(der), PFX)
    return file.version === 3 ? file : undefined
  } catch {
    return undefined
  }
}

/** Undefined when the password is wrong. FileError, which calls the file by the name, for what can't be opened at all. */
export function openPkcs12(file: PFX, password: Secret, name: string): Pkcs12 | undefined {
  try {
    const content = contentOf(file.authSafe)
    if (!isGenuine(file, content, password.reveal())) return undefined
    const parts = [...AsnConvert.parse(arrayBuffer(content), AuthenticatedSafe)].map((part) => ({
      isEncrypted: part.contentType !== id_data,
      bags: bagsIn(part, password.reveal()),
    }))
    return {
      certificates: parts.flatMap(({ bags }) => bags.flatMap((bag) => certificateIn(bag))),
      privateKeys: parts.flatMap(({ bags, isEncrypted }) =>
        bags.flatMap((bag) => privateKeyIn(bag, password.reveal(), isEncrypted)),
      ),
    }
  } catch (error) {
    throw unopened(error, name)
  }
}

function contentOf({ content }: ContentInfo): Buffer {
  return Buffer.from(AsnConvert.parse(content, OctetString).buffer)
}

/** By the MAC over the content, which only the right password makes. Without one any password will do until it must decrypt. */
function isGenuine(file: PFX, content: Buffer, password: string): boolean {
  // The library makes an empty one where the file has none, against RFC 7292, which leaves it optional.
  const { mac, macSalt, iterations } = file.macData
  const hash = digests[mac.digestAlgorithm.algorithm]
  if (mac.digest.byteLength === 0) return true
  if (hash === undefined) throw new UnknownEncryption(mac.digestAlgorithm.algorithm)
  const length = mac.digest.byteLength
  const key = deriveFromPassword(hash, password, { salt: Buffer.from(macSalt.buffer), iterations, purpose: 3, length })
  return createHmac(hash, key).update(content).digest().equals(Buffer.from(mac.digest.buffer))
}

const digests: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

function bagsIn(part: ContentInfo, password: string): readonly SafeBag[] {
  if (part.contentType === id_data) return safeContents(contentOf(part))
  if (part.contentType !== id_encryptedData) throw new UnknownEncryption(part.contentType)
  const { encryptedContentInfo } = AsnConvert.parse(part.content, EncryptedData)
  const content = encryptedContentInfo.encryptedContent
  const pieces = content?.value ? [content.value] : (content?.constructedValue ?? [])
  const encrypted = Buffer.concat(pieces.map(({ buffer }) => Buffer.from(buffer)))
  return safeContents(decryptPkcs12(encryptedContentInfo.contentEncryptionAlgorithm, encrypted, password))
}

function safeContents(der: Buffer): readonly SafeBag[] {
  return [...AsnConvert.parse(arrayBuffer(der), SafeContents)]
}

function certificateIn({ bagId, bagValue }: SafeBag): readonly Certificate[] {
  if (bagId !== id_certBag) return []
  const { certId, certValue } = AsnConvert.parse(bagValue, CertBag)
  const der = certId === id_x509Certificate ? AsnConvert.parse(certValue, OctetString).buffer : new ArrayBuffer(0)
  const certificate = Certificate.parse(new Uint8Array(der))
  return certificate ? [certificate] : []
}

function privateKeyIn({ bagId, bagValue }: SafeBag, passphrase: string, isSealed: boolean): readonly Pkcs12Key[] {
  if (bagId !== id_keyBag && bagId !== id_pkcs8ShroudedKeyBag) return []
  const key = createPrivateKey({ key: Buffer.from(bagValue), format: 'der', type: 'pkcs8', passphrase })
  return [{ key, isEncrypted: isSealed || bagId === id_pkcs8ShroudedKeyBag }]
}

function unopened(error: unknown, name: string): FileError {
  if (error instanceof UnknownEncryption) {
    return new FileError(`${name} is encrypted in a way that is not known here (${error.oid})`, {
      code: 'unknown-encryption',
      hint: `convert it: openssl pkcs12 -legacy -in OLD -nodes -out all.pem, then openssl pkcs12 -export -in all.pem -out NEW`,
      cause: error,
    })
  }
  return new FileError(`${name} is broken: it holds no readable PKCS#12`, {
    hint: 'check it with: openssl pkcs12 -info -noout -in FILE',
    cause: error,
  })
}
