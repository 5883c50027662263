import { type KeyObject, createPublicKey } from 'node:crypto'
import { x509 } from '../x509.ts'
import type { PkiRole } from './pki-role.ts'
import { Refusal } from './reply.ts'

export interface PkiCsr {
  readonly commonName: string | undefined
  readonly dns: readonly string[]
  readonly emails: readonly string[]
  readonly ips: readonly string[]
  readonly uris: readonly string[]
  readonly publicKey: KeyObject
}

/** Reads a CSR for the role, with Vault's refusals: empty, no PEM, unreadable, badly signed, a key that the role forbids. */
export async function readPkiCsr(text: string, role: PkiRole): Promise<PkiCsr> {
  if (text === '') throw new Refusal(400, '"csr" is empty')
  const [, base64] = /-----BEGIN [A-Z ]+-----([\s\S]*?)-----END [A-Z ]+-----/.exec(text) ?? []
  if (base64 === undefined) throw new Refusal(400, 'csr contains no data')
  const request = requestOf(Buffer.from(base64, 'base64'))
  const publicKey = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' })
  refuseUnknownKey(publicKey)
  refuseWrongKey(publicKey, role)
  if (!(await request.verify().catch(() => false))) throw new Refusal(400, 'request signature invalid')
  return { ...namesIn(request), publicKey }
}

const subjectAltName = '2.5.29.17'

function namesIn(request: x509.Pkcs10CertificateRequest): Omit<PkiCsr, 'publicKey'> {
  const extension = request.getExtension(subjectAltName)
  const names = extension ? new x509.SubjectAlternativeNameExtension(extension.rawData).names.toJSON() : []
  const ofType = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value)
  return {
    commonName: request.subjectName.getField('CN').at(-1),
    dns: ofType('dns'),
    emails: ofType('email'),
    ips: ofType('ip'),
    uris: ofType('url'),
  }
}

function requestOf(der: Buffer): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(new Uint8Array(der))
  } catch (error) {
    // What follows is the word of Go's ASN.1 reader, which differs from fault to fault.
    throw new Refusal(400, `certificate request could not be parsed: asn1: ${(error as Error).message}`)
  }
}

const vaultKeyTypes: Readonly<Record<string, string>> = { rsa: 'rsa', ec: 'ec', ed25519: 'ed25519' }
const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }

/** What Go's parser of requests does not read. */
function refuseUnknownKey(key: KeyObject): void {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  const oid =
    'This usually means the SubjectPublicKeyInfo field has an OID not recognized by Go, such as 1.2.840.113549.1.1.10 for rsaPSS.'
  if (asymmetricKeyType === 'ed448') throw new Refusal(400, `Refusing to sign CSR with empty PublicKey. ${oid}`)
  if (asymmetricKeyType !== 'ec') return
  const unreadable = (why: string) => new Refusal(400, `certificate request could not be parsed: x509: ${why}`)
  if (key.export({ type: 'spki', format: 'der' }).length > 200) throw unreadable('invalid ECDSA parameters')
  if (!((asymmetricKeyDetails?.namedCurve ?? '') in curveBits)) throw unreadable('unsupported elliptic curve')
}

function refuseWrongKey(key: KeyObject, role: PkiRole): void {
  const type = vaultKeyTypes[key.asymmetricKeyType ?? '']
  if (role.keyType !== 'any' && type !== role.keyType) {
    throw new Refusal(400, `role requires keys of type ${role.keyType}`)
  }
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  const bits = modulusLength ?? curveBits[namedCurve ?? ''] ?? 0
  if (role.keyType === 'any' && type === 'rsa' && bits < 2048) {
    throw new Refusal(400, 'RSA keys < 2048 bits are unsafe and not supported')
  }
  if (bits < role.keyBits) {
    throw new Refusal(400, `role requires a minimum of a ${role.keyBits}-bit key, but CSR's key is ${bits} bits`)
  }
}
