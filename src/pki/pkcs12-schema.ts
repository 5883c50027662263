import { EncryptedContentInfo } from '@peculiar/asn1-cms'
import { AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'

// What PKCS#12 needs of other standards and the library lacks.

/** RFC 5652, section 8. */
export class EncryptedData {
  @AsnProp({ type: AsnPropTypes.Integer })
  version = 0

  @AsnProp({ type: EncryptedContentInfo })
  encryptedContentInfo = new EncryptedContentInfo()
}

/** RFC 7292, appendix C: pkcs-12PbeParams. */
export class Pkcs12PbeParameters {
  @AsnProp({ type: OctetString })
  salt = new OctetString()

  @AsnProp({ type: AsnPropTypes.Integer })
  iterations = 0
}

/** RFC 8018, appendix A.4. */
export class Pbes2Parameters {
  @AsnProp({ type: AlgorithmIdentifier })
  keyDerivationFunc = new AlgorithmIdentifier()

  @AsnProp({ type: AlgorithmIdentifier })
  encryptionScheme = new AlgorithmIdentifier()
}

/** RFC 8018, appendix A.2. */
export class Pbkdf2Parameters {
  @AsnProp({ type: OctetString })
  salt = new OctetString()

  @AsnProp({ type: AsnPropTypes.Integer })
  iterationCount = 0

  @AsnProp({ type: AsnPropTypes.Integer, optional: true })
  keyLength?: number

  @AsnProp({ type: AlgorithmIdentifier, optional: true })
  prf?: AlgorithmIdentifier
}
