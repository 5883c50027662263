import { createHash, createHmac } from 'node:crypto'
import type { Secret } from '../../core/secret.ts'
import type { Certificate } from '../certificate.ts'
import type { PrivateKey } from '../private-key.ts'
import { type DerValue, objectIdentifier, sequence, setOf, taggedOctets } from '../der.ts'
import { encode, integer, nothing, octets, tagged, utf16 } from './der.ts'
import { encryptedKeyInfo } from './encrypted-key.ts'
import { deriveBytes } from './key-derivation.ts'
import {
  encryptByAes,
  encryptByTripleDes,
  iterations,
  type PasswordEncryption,
  type Salts,
  saltsFrom,
} from './password-encryption.ts'

export interface Pkcs12Content {
  readonly leaf: Certificate
  /** Its issuers in order. */
  readonly chain: readonly Certificate[]
  readonly key: PrivateKey
  /** ASCII: programs do not agree on how other characters become bytes. */
  readonly password: Secret
  /** The friendly name of leaf and key. */
  readonly alias: string
  /** For programs that know neither AES nor SHA-256 here. */
  readonly isLegacy: boolean
}

interface Strength {
  readonly encrypt: PasswordEncryption
  readonly digest: 'sha1' | 'sha256'
  readonly digestOid: string
}

const modern: Strength = { encrypt: encryptByAes, digest: 'sha256', digestOid: '2.16.840.1.101.3.4.2.1' }
const legacy: Strength = { encrypt: encryptByTripleDes, digest: 'sha1', digestOid: '1.3.14.3.2.26' }

// RFC 5652 and RFC 7292, section 4.2; PKCS#9's friendlyName and localKeyId, RFC 2985.
const data = '1.2.840.113549.1.7.1'
const encryptedData = '1.2.840.113549.1.7.6'
const shroudedKeyBag = '1.2.840.113549.1.12.10.1.2'
const certBag = '1.2.840.113549.1.12.10.1.3'
const x509Certificate = '1.2.840.113549.1.9.22.1'
const friendlyName = '1.2.840.113549.1.9.20'
const localKeyId = '1.2.840.113549.1.9.21'

/** A PFX (RFC 7292) with leaf, chain and key. The same content gives the same bytes. */
export async function formatPkcs12(content: Pkcs12Content): Promise<Buffer> {
  const { leaf, chain, key, alias, isLegacy } = content
  const strength = isLegacy ? legacy : modern
  const password = content.password.reveal()
  const keyBytes = key.keyObject.export({ type: 'pkcs8', format: 'der' })
  const certificates = [leaf, ...chain].map(({ der }) => der)
  const salts = saltsFrom(keyBytes, password, alias, strength.digest, ...certificates)
  const attributes = setOf(
    attribute(friendlyName, utf16(alias)),
    attribute(localKeyId, octets(createHash('sha1').update(leaf.der).digest())),
  )
  const bags = certificates.map((der, index) =>
    bag(
      certBag,
      sequence(objectIdentifier(x509Certificate), tagged(octets(der))),
      index === 0 ? attributes : undefined,
    ),
  )
  const certificatePart = await encryptedPart(sequence(...bags), password, within(salts, 'certificates'), strength)
  const shroudedKey = await encryptedKeyInfo(keyBytes, password, within(salts, 'key'), strength.encrypt)
  const keyPart = plainPart(sequence(bag(shroudedKeyBag, shroudedKey, attributes)))
  const safe = encode(sequence(certificatePart, keyPart))
  const whole = sequence(objectIdentifier(data), tagged(octets(safe)))
  return encode(sequence(integer(3), whole, macOf(safe, password, salts('mac', 16), strength)))
}

function bag(type: string, value: DerValue, attributes: DerValue | undefined): DerValue {
  return sequence(objectIdentifier(type), tagged(value), ...(attributes === undefined ? [] : [attributes]))
}

function attribute(type: string, value: DerValue): DerValue {
  return sequence(objectIdentifier(type), setOf(value))
}

function plainPart(bags: DerValue): DerValue {
  return sequence(objectIdentifier(data), tagged(octets(encode(bags))))
}

async function encryptedPart(bags: DerValue, password: string, salts: Salts, { encrypt }: Strength): Promise<DerValue> {
  const { algorithm, bytes } = await encrypt(encode(bags), password, salts)
  const content = sequence(objectIdentifier(data), algorithm, taggedOctets(0, bytes))
  return sequence(objectIdentifier(encryptedData), tagged(sequence(integer(0), content)))
}

function macOf(safe: Buffer, password: string, salt: Buffer, { digest, digestOid }: Strength): DerValue {
  const length = createHash(digest).digest().length
  const key = deriveBytes(length, { digest, purpose: 'mac', password, salt, iterations })
  const mac = createHmac(digest, key).update(safe).digest()
  return sequence(
    sequence(sequence(objectIdentifier(digestOid), nothing()), octets(mac)),
    octets(salt),
    integer(iterations),
  )
}

function within(salts: Salts, part: string): Salts {
  return (label, length) => salts(`${part} ${label}`, length)
}
