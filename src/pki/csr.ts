import type { KeyObject } from 'node:crypto'
import { CertificationRequest } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Extensions } from '@peculiar/asn1-x509'
import { FileError } from '../core/errors.ts'
import { commonNameIn, toPublicKey } from './asn1.ts'
import { extensionRequestOid } from './object-identifiers.ts'
import { keyTypeOf } from './key-type.ts'
import type { San } from './names.ts'
import { parsePem } from './pem.ts'
import { isSignedBy } from './signature.ts'
import { sansIn } from './subject-alt-name.ts'

/** A PKCS#10 request (RFC 2986) whose signature has been verified. */
export interface Csr {
  readonly pem: string
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly keyType: string
  readonly publicKey: KeyObject
}

/** Reads the first request in the text; `name` is what a FileError calls it, such as its path. */
export async function parseCsr(text: string, name = 'the CSR'): Promise<Csr> {
  const block = parsePem(text).find(({ label }) => isRequestLabel(label))
  const seen = block && (await lookAtCsr(block.pem))
  if (!seen) {
    throw new FileError(`${name} is no certificate request`, {
      hint: 'a PKCS#10 request in PEM is needed: openssl req -new',
    })
  }
  refuseUnproven(seen, name)
  return seen.csr
}

export interface SeenCsr {
  readonly csr: Csr
  /** Undefined when it can't be told whether the key that it is for has signed it. */
  readonly isGenuine: boolean | undefined
  /** Its OID. */
  readonly signatureAlgorithm: string
}

/** A request in PEM, whoever signed it; undefined when it is none. */
export async function lookAtCsr(pem: string): Promise<SeenCsr | undefined> {
  const read = readCsr(pem)
  if (!read) return undefined
  const { request, commonName, sans, publicKey } = read
  const { certificationRequestInfoRaw: bytes, signature, signatureAlgorithm } = request
  const { algorithm } = signatureAlgorithm
  return {
    csr: { pem, commonName, sans, keyType: keyTypeOf(publicKey), publicKey },
    isGenuine: bytes && (await isSignedBy(bytes, signature, algorithm, publicKey)),
    signatureAlgorithm: algorithm,
  }
}

export function isRequestLabel(label: string): boolean {
  return label === 'CERTIFICATE REQUEST' || label === 'NEW CERTIFICATE REQUEST'
}

interface ReadCsr {
  readonly request: CertificationRequest
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly publicKey: KeyObject
}

function readCsr(pem: string): ReadCsr | undefined {
  try {
    const request = AsnConvert.parse(Buffer.from(pem.replace(/^-----.*$/gm, ''), 'base64'), CertificationRequest)
    const { subject, subjectPKInfo, attributes } = request.certificationRequestInfo
    const extensions = attributes
      .filter(({ type }) => type === extensionRequestOid)
      .flatMap(({ values }) => values.flatMap((value) => [...AsnConvert.parse(value, Extensions)]))
    return {
      request,
      commonName: commonNameIn(subject),
      sans: sansIn(extensions),
      publicKey: toPublicKey(subjectPKInfo),
    }
  } catch {
    return undefined
  }
}

function refuseUnproven({ isGenuine, signatureAlgorithm }: SeenCsr, name: string): void {
  if (isGenuine === true) return
  if (isGenuine === false) {
    throw new FileError(`${name} has a bad signature`, { hint: 'make it again with the key that it is for' })
  }
  throw new FileError(`${name} is signed by ${signatureAlgorithm}, which cannot be checked`, {
    hint: 'sign it with SHA-256 or better by an RSA (PKCS#1 v1.5), EC or Ed25519 key',
  })
}
