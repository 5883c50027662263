import 'reflect-metadata'
import { Pkcs10CertificateRequest, X509Certificate } from '@peculiar/x509'

/** All that a certificate says, laid out as openssl does. */
export function certificateDump(pem: string): string {
  return new X509Certificate(pem).toString('text')
}

export function requestDump(pem: string): string {
  return new Pkcs10CertificateRequest(pem).toString('text')
}
