import { webcrypto } from 'node:crypto'
import { openssl } from './openssl.ts'
import { x509 } from './x509.ts'

export type CsrKey = 'ec256' | 'ec384' | 'rsa1024' | 'rsa2048' | 'ed25519'

export interface CsrContent {
  readonly key?: CsrKey
  /** Default `a.contract.test`; null makes an empty subject. */
  readonly commonName?: string | null
  readonly sans?: x509.JsonGeneralNames
  /** Flips a bit of the signature. */
  readonly isBadlySigned?: boolean
}

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) } as const
const algorithms = {
  ec256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ec384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  rsa1024: { ...rsa, modulusLength: 1024 },
  rsa2048: { ...rsa, modulusLength: 2048 },
  ed25519: { name: 'Ed25519' },
} as const

/** A certificate request in PEM, made by another library than the program's own. */
export async function makeCsr(content: CsrContent = {}): Promise<string> {
  const commonName = content.commonName === undefined ? 'a.contract.test' : content.commonName
  const algorithm = algorithms[content.key ?? 'ec256']
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: commonName === null ? [] : [{ CN: [commonName] }],
    keys: await keysFor(content.key ?? 'ec256'),
    signingAlgorithm: algorithm,
    extensions: content.sans ? [new x509.SubjectAlternativeNameExtension(content.sans)] : [],
  })
  const der = Buffer.from(request.rawData)
  if (content.isBadlySigned) der[der.length - 3]! ^= 1
  return `${x509.PemConverter.encode(new Uint8Array(der).buffer, 'CERTIFICATE REQUEST')}\n`
}

const made = new Map<CsrKey, Promise<webcrypto.CryptoKeyPair>>()

/** One key of each kind is enough for a test run: RSA keys take their time. */
function keysFor(key: CsrKey): Promise<webcrypto.CryptoKeyPair> {
  const keys = made.get(key) ?? generate(key)
  made.set(key, keys)
  return keys
}

async function generate(key: CsrKey): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithms[key], true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
}

const foreignKeys = {
  secp256k1: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  brainpool: ['ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'],
  'explicit curve': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
  ed448: ['ed448'],
  rsa1024: ['rsa', '-pkeyopt', 'rsa_keygen_bits:1024'],
} as const

/** Kinds of key that certctl does not make, and openssl does. */
export const foreignKeyKinds = Object.keys(foreignKeys) as readonly (keyof typeof foreignKeys)[]

export function makeForeignCsr(kind: keyof typeof foreignKeys, commonName: string): string {
  const key = openssl(['genpkey', '-algorithm', ...foreignKeys[kind]])
  return openssl(['req', '-new', '-key', 'key.pem', '-subj', `/CN=${commonName}`], { 'key.pem': key })
}
