import { rootCertificates } from 'node:tls'
import { Certificate } from '../pki/certificate.ts'

/** The public roots that this program trusts without being told to. */
export function knownRoots(): readonly Certificate[] {
  return rootCertificates.flatMap((pem) => Certificate.parse(pem) ?? [])
}
