import { webcrypto } from 'node:crypto'
import { parseCertificate, type Certificate } from '../../src/pki/certificate.ts'
import { pemOf } from './signing-ca.ts'
import { x509 } from './x509.ts'

export interface WantedCertificate {
  readonly commonName?: string
  /** In hex; what begins with `80` or more is a negative number. */
  readonly serial?: string
  readonly extensions?: readonly x509.Extension[]
}

/** A self-signed certificate with all that no CA would sign. */
export async function certificateWith(wanted: WantedCertificate): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: wanted.serial ?? '01',
    name: [{ CN: [wanted.commonName ?? 'odd.test'] }],
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [...(wanted.extensions ?? [])],
  })
  return parseCertificate(pemOf(certificate), 'an odd certificate')
}
