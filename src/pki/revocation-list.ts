import { AsnConvert } from '@peculiar/asn1-schema'
import {
  CRLNumber,
  CRLReason,
  CRLReasons,
  CertificateList,
  type Extension,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
} from '@peculiar/asn1-x509'
import { FileError } from '../core/errors.ts'
import { arrayBuffer, toAlgorithmIdentifier, toExtension } from './asn1.ts'
import { formatPem, parsePem } from './pem.ts'
import { type RevocationReason, revocationReasons } from './revocation-reasons.ts'
import { formatSerial } from './serial.ts'
import { type SigningCa, authorityKeyIdentifier, subjectOf } from './sign-certificate.ts'
import { signBytes } from './signature.ts'

export interface RevokedEntry {
  /** Lower-case hex pairs with colons. */
  readonly serial: string
  readonly revokedAt: Date
  readonly reason: RevocationReason
}

/** What a CRL (RFC 5280, section 5) says. Times are exact to the second. */
export interface RevocationList {
  /** Grows by one with each list. */
  readonly number: number
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  readonly revoked: readonly RevokedEntry[]
}

/** The list in PEM. */
export async function signRevocationList(list: RevocationList, ca: SigningCa): Promise<string> {
  const algorithm = toAlgorithmIdentifier(ca.key)
  const revoked = list.revoked.map((entry) => toRevokedCertificate(entry))
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: algorithm,
    issuer: subjectOf(ca.certificate),
    thisUpdate: new Time(list.thisUpdate),
    nextUpdate: new Time(list.nextUpdate),
    // An empty list is left out (RFC 5280, 5.1.2.6).
    ...(revoked.length > 0 ? { revokedCertificates: revoked } : {}),
    crlExtensions: [
      authorityKeyIdentifier(ca.certificate),
      toExtension(id_ce_cRLNumber, false, new CRLNumber(list.number)),
    ],
  })
  const signature = arrayBuffer(await signBytes(AsnConvert.serialize(tbsCertList), ca.key))
  const whole = new CertificateList({ tbsCertList, signatureAlgorithm: algorithm, signature })
  return formatPem('X509 CRL', new Uint8Array(AsnConvert.serialize(whole)))
}

const inspection = 'check it with: openssl crl -noout -text -in FILE'

/** `name` is what a FileError calls it, such as its path. */
export function parseRevocationList(text: string, name: string): RevocationList {
  const pem = parsePem(text).find(({ label }) => label === 'X509 CRL')?.pem
  if (pem === undefined) throw new FileError(`${name} is no certificate revocation list`, { hint: inspection })
  try {
    return readRevocationList(pem)
  } catch (cause) {
    throw new FileError(`${name} is broken: it holds no readable revocation list`, { hint: inspection, cause })
  }
}

function readRevocationList(pem: string): RevocationList {
  const der = Buffer.from(pem.replace(/^-----.*$/gm, ''), 'base64')
  const { thisUpdate, nextUpdate, revokedCertificates, crlExtensions } = AsnConvert.parse(
    der,
    CertificateList,
  ).tbsCertList
  const number = crlExtensions?.find(({ extnID }) => extnID === id_ce_cRLNumber)
  return {
    number: number ? readNumber(number) : 0,
    thisUpdate: thisUpdate.getTime(),
    nextUpdate: (nextUpdate ?? thisUpdate).getTime(),
    revoked: (revokedCertificates ?? []).map((entry) => fromRevokedCertificate(entry)),
  }
}

/** The library gives a number of more than four octets as text, against its types. */
function readNumber({ extnValue }: Extension): number {
  const value: unknown = AsnConvert.parse(extnValue, CRLNumber).value
  return Number(value)
}

function toRevokedCertificate({ serial, revokedAt, reason }: RevokedEntry): RevokedCertificate {
  const extension = toExtension(id_ce_cRLReasons, false, new CRLReason(CRLReasons[reason]))
  return new RevokedCertificate({
    userCertificate: positiveInteger(serial),
    revocationDate: new Time(revokedAt),
    // "unspecified" is said by saying nothing (RFC 5280, 5.3.1).
    ...(reason === 'unspecified' ? {} : { crlEntryExtensions: [extension] }),
  })
}

function fromRevokedCertificate({
  userCertificate,
  revocationDate,
  crlEntryExtensions,
}: RevokedCertificate): RevokedEntry {
  const extension = crlEntryExtensions?.find(({ extnID }) => extnID === id_ce_cRLReasons)
  const name = extension && CRLReasons[AsnConvert.parse(extension.extnValue, CRLReason).reason]
  return {
    serial: formatSerial(Buffer.from(userCertificate).toString('hex')),
    revokedAt: revocationDate.getTime(),
    reason: revocationReasons.find((one) => one === name) ?? 'unspecified',
  }
}

/** A leading zero octet keeps a number whose first bit is set from being negative. */
function positiveInteger(serial: string): ArrayBuffer {
  const bytes = Buffer.from(serial.replaceAll(':', ''), 'hex')
  return arrayBuffer(bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}
