import { AsnConvert, AsnProp, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { arrayBuffer } from './asn1.ts'

/** RFC 5958, section 3. */
class EncryptedPrivateKeyInfo {
  @AsnProp({ type: AlgorithmIdentifier })
  encryptionAlgorithm = new AlgorithmIdentifier()

  @AsnProp({ type: OctetString })
  encryptedData = new OctetString()
}

/** Node takes any sequence of sequences for an encrypted key, a CRL for one. */
export function isEncryptedPkcs8(der: Buffer): boolean {
  try {
    AsnConvert.parse(arrayBuffer(der), EncryptedPrivateKeyInfo)
    return true
  } catch {
    return false
  }
}
