import { x509 } from '../x509.ts'
import { serialOf } from '../signing-ca.ts'
import { Parameters } from './parameters.ts'
import { type PkiIssuer, type PkiMount, type StoredCertificate, normalSerial } from './pki-mount.ts'
import { type Answer, Refusal, multierror } from './reply.ts'

/** `revoke`, by serial or by certificate; the second time answers with the first time. */
export async function revokeCertificate(
  mount: PkiMount,
  body: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<Answer> {
  const parameters = new Parameters(body, { serial_number: 'text', certificate: 'text' })
  const [serial, pem] = [parameters.text('serial_number'), parameters.text('certificate')]
  if (serial === '' && pem === '') {
    throw new Refusal(400, 'The serial number or certificate to revoke must be provided.')
  }
  if (serial !== '' && pem !== '') {
    throw new Refusal(400, 'Must provide either the certificate or the serial to revoke; not both.')
  }
  refuseIssuer(mount, serial)
  const stored = pem === '' ? bySerial(mount, serial) : await byCertificate(mount, pem)
  if (stored.certificate.notAfter.getTime() - now.getTime() <= 2000) {
    const problem = `certificate with serial ${serialOf(stored.certificate)} already expired; refusing to add to CRL`
    return { warnings: [problem, ...parameters.warnings] }
  }
  stored.revokedAt ??= now
  return { data: { ...revocationTime(stored), state: 'revoked' }, warnings: parameters.warnings }
}

/** As `revoke` and `cert/` show it; zero and empty: not revoked. */
export function revocationTime({ revokedAt }: { readonly revokedAt: Date | undefined }): Record<string, unknown> {
  return {
    revocation_time: revokedAt ? Math.floor(revokedAt.getTime() / 1000) : 0,
    revocation_time_rfc3339: revokedAt?.toISOString() ?? '',
  }
}

function refuseIssuer(mount: PkiMount, serial: string): void {
  const issuer = mount.issuers.find(({ certificate }) => serialOf(certificate) === normalSerial(serial))
  if (issuer) throw new Refusal(400, `adding issuer (id: ${issuer.id}) to its own CRL is not allowed`)
}

function bySerial(mount: PkiMount, serial: string): StoredCertificate {
  const stored = mount.certificates.get(normalSerial(serial))
  if (!stored) throw new Refusal(400, `certificate with serial ${serial} not found.`)
  return stored
}

async function byCertificate(mount: PkiMount, pem: string): Promise<StoredCertificate> {
  const certificate = readCertificate(pem)
  const stored = mount.certificates.get(serialOf(certificate))
  if (stored) return stored
  for (const issuer of mount.issuers) {
    if (await isSignedBy(certificate, issuer)) return mount.store(certificate, issuer.id)
  }
  throw new Refusal(
    500,
    multierror(
      'unable to verify signature on presented cert from any present issuer in this mount; certificates from previous CAs will need to have their issuing CA and key re-imported if revocation is necessary',
    ),
  )
}

function readCertificate(pem: string): x509.X509Certificate {
  try {
    if (pem.length >= 75) return new x509.X509Certificate(pem)
  } catch {
    throw new Refusal(500, multierror('certificate could not be parsed'))
  }
  throw new Refusal(
    500,
    multierror(
      'provided certificate data was too short; perhaps a path was passed to the API rather than the contents of a PEM file',
    ),
  )
}

function isSignedBy(certificate: x509.X509Certificate, issuer: PkiIssuer): Promise<boolean> {
  const publicKey = issuer.certificate.publicKey
  return certificate.verify({ publicKey, signatureOnly: true }).catch(() => false)
}
