import { AsnConvert } from '@peculiar/asn1-schema'
import { type Extension, GeneralName, SubjectAlternativeName, id_ce_subjectAltName } from '@peculiar/asn1-x509'
import { toExtension } from './asn1.ts'
import { type San, nameInCertificate } from './names.ts'

/** Critical when nothing else names the subject (RFC 5280, 4.2.1.6). None for no names: an empty list is malformed. */
export function subjectAltNameExtensions(sans: readonly San[], commonName: string | undefined): readonly Extension[] {
  if (sans.length === 0) return []
  const names = new SubjectAlternativeName(sans.map((san) => toGeneralName(san)))
  return [toExtension(id_ce_subjectAltName, commonName === undefined, names)]
}

/** The names among the extensions; kinds other than DNS, IP, email and URI are left out. */
export function sansIn(extensions: readonly Extension[]): readonly San[] {
  return extensions
    .filter(({ extnID }) => extnID === id_ce_subjectAltName)
    .flatMap(({ extnValue }) => [...AsnConvert.parse(extnValue, SubjectAlternativeName)])
    .flatMap((name) => fromGeneralName(name))
}

function toGeneralName({ type, value }: San): GeneralName {
  switch (type) {
    case 'dns':
      return new GeneralName({ dNSName: value })
    case 'ip':
      return new GeneralName({ iPAddress: value })
    case 'email':
      return new GeneralName({ rfc822Name: value })
    case 'uri':
      return new GeneralName({ uniformResourceIdentifier: value })
  }
}

function fromGeneralName(name: GeneralName): readonly San[] {
  if (name.dNSName !== undefined) return [nameInCertificate('dns', name.dNSName)]
  if (name.iPAddress !== undefined) return [nameInCertificate('ip', name.iPAddress)]
  if (name.rfc822Name !== undefined) return [nameInCertificate('email', name.rfc822Name)]
  const uri = name.uniformResourceIdentifier
  return uri === undefined ? [] : [nameInCertificate('uri', uri)]
}
