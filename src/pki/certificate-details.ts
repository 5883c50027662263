import { AsnConvert } from '@peculiar/asn1-schema'
import {
  BasicConstraints,
  Certificate as AsnCertificate,
  ExtendedKeyUsage,
  KeyUsage,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
} from '@peculiar/asn1-x509'
import { arrayBuffer } from './asn1.ts'
import type { Certificate } from './certificate.ts'

/** What node:crypto does not tell of a certificate. */
export interface CertificateDetails {
  /** Like `sha256WithRSAEncryption`; the OID where its name is not known. */
  readonly signatureAlgorithm: string
  /** In the spelling of RFC 5280, like `digitalSignature`. */
  readonly keyUsage: readonly string[]
  /** Like `serverAuth`; an OID where its name is not known. */
  readonly extendedKeyUsage: readonly string[]
}

export function certificateDetails(certificate: Certificate): CertificateDetails {
  const { signatureAlgorithm } = parsed(certificate)
  return {
    signatureAlgorithm: signatureName(signatureAlgorithm.algorithm),
    keyUsage: extensionOf(certificate, id_ce_keyUsage, KeyUsage)?.toJSON() ?? [],
    extendedKeyUsage: [...(extensionOf(certificate, id_ce_extKeyUsage, ExtendedKeyUsage)?.values() ?? [])].map(
      (oid) => purposeNames[oid] ?? oid,
    ),
  }
}

/** How many CAs may stand between this one and a leaf; undefined for any number. */
export function pathLengthOf(certificate: Certificate): number | undefined {
  return extensionOf(certificate, id_ce_basicConstraints, BasicConstraints)?.pathLenConstraint
}

/** The OIDs of critical extensions that are none of RFC 5280 and its companions: clients refuse what they do not know. */
export function unknownCriticalExtensions(certificate: Certificate): readonly string[] {
  return [...(parsed(certificate).tbsCertificate.extensions?.values() ?? [])]
    .filter(({ critical, extnID }) => critical && !/^(?:2\.5\.29|1\.3\.6\.1\.5\.5\.7\.1)\./.test(extnID))
    .map(({ extnID }) => extnID)
}

function parsed(certificate: Certificate): AsnCertificate {
  return AsnConvert.parse(arrayBuffer(certificate.der), AsnCertificate)
}

/** Undefined also for one that is malformed. */
function extensionOf<Value>(certificate: Certificate, oid: string, type: new () => Value): Value | undefined {
  const found = parsed(certificate).tbsCertificate.extensions?.find(({ extnID }) => extnID === oid)
  try {
    return found && AsnConvert.parse(found.extnValue, type)
  } catch {
    return undefined
  }
}

export function signatureName(oid: string): string {
  return signatureNames[oid] ?? oid
}

/** Signatures that can be forged, or could be soon: collisions are known (RFC 6151; SHAttered, 2017). */
export function isWeakSignature(name: string): boolean {
  return /^(?:md\d|sha1)With|^dsaWith|^ecdsa-with-SHA1$/.test(name)
}

// RFC 3279, 4055, 5758, 8410: as openssl calls them.
const signatureNames: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsaWithSHA1',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'ED25519',
  '1.3.101.113': 'ED448',
}

// RFC 5280, section 4.2.1.12.
const purposeNames: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
}
