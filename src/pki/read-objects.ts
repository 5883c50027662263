import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { FileError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { Certificate, isCertificateLabel } from './certificate.ts'
import type { Problem } from './chain-problems.ts'
import { isRequestLabel } from './csr.ts'
import { keyTypeOf } from './key-type.ts'
import { derLength } from './outline.ts'
import { type PemBlock, cutLabels, formatPem, hasPem, parsePem } from './pem.ts'
import type { PkiObject } from './pki-object.ts'

/** Gives the password of what is encrypted, by the name of it; asked only when it is needed. */
export type PasswordSource = (name: string) => Promise<Secret>

export interface ReadObjects {
  readonly objects: readonly PkiObject[]
  /** What is there besides, and can't be read. */
  readonly problems: readonly Problem[]
}

/**
 * Everything in a file, in its order: PEM blocks of any kind, or one object in DER: a certificate, a request, a key, or
 * PKCS#12. FileError, which calls the file by the name, when it holds nothing of the kind.
 */
export async function readObjects(bytes: Buffer, name: string, password: PasswordSource): Promise<ReadObjects> {
  const isText = hasPem(bytes)
  const objects = isText ? await inPem(bytes.toString(), name, password) : await inDer(bytes, name, password)
  const cut = isText ? cutLabels(bytes.toString()) : []
  if (objects === undefined || objects.length === 0)
    throw cut[0] === undefined ? unknownContent(name) : broken(name, cut[0])
  return { objects, problems: isText ? cutProblems(cut, name) : trailProblems(bytes, name) }
}

function cutProblems(labels: readonly string[], name: string): readonly Problem[] {
  return labels.map((label) => ({
    code: 'cut-short',
    detail: `${name}: a PEM block begins that does not end: ${label}`,
  }))
}

function trailProblems(der: Buffer, name: string): readonly Problem[] {
  const trailing = der.length - (derLength(der) ?? der.length)
  if (trailing <= 0) return []
  return [{ code: 'trailing-bytes', detail: `${name}: ${trailing} bytes behind its end are not looked at` }]
}

async function inPem(text: string, name: string, password: PasswordSource): Promise<readonly PkiObject[]> {
  const objects: PkiObject[] = []
  for (const block of parsePem(text)) objects.push(await fromBlock(block, name, password))
  return objects
}

async function fromBlock(block: PemBlock, name: string, password: PasswordSource): Promise<PkiObject> {
  const { label, pem } = block
  if (isCertificateLabel(label)) {
    const certificate = Certificate.parse(pem)
    return certificate ? { kind: 'certificate', certificate } : broken(name, 'certificate')
  }
  if (isRequestLabel(label)) return (await requestIn(pem)) ?? broken(name, 'certificate request')
  if (label.endsWith('PRIVATE KEY')) return keyInPem(block, name, password)
  if (label === 'PUBLIC KEY' || label === 'RSA PUBLIC KEY')
    return publicKey(attempt(() => createPublicKey(pem)) ?? broken(name, 'public key'))
  return { kind: 'other', label }
}

async function keyInPem({ label, pem }: PemBlock, name: string, password: PasswordSource): Promise<PkiObject> {
  const isEncrypted = label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(pem)
  if (!isEncrypted) return privateKey(attempt(() => createPrivateKey(pem)) ?? broken(name, 'private key'), false)
  const passphrase = (await password(name)).reveal()
  const key = attempt(() => createPrivateKey({ key: pem, passphrase }))
  return privateKey(key ?? wrongPassword(name), true)
}

async function inDer(der: Buffer, name: string, password: PasswordSource): Promise<readonly PkiObject[] | undefined> {
  const certificate = Certificate.parse(der)
  if (certificate) return [{ kind: 'certificate', certificate }]
  const request = await requestIn(formatPem('CERTIFICATE REQUEST', der))
  if (request) return [request]
  const key = keyInDer(der) ?? (await encryptedKeyInDer(der, name, password))
  if (key) return [key]
  return inPkcs12(der, name, password)
}

function keyInDer(der: Buffer): PkiObject | undefined {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    const key = attempt(() => createPrivateKey({ key: der, format: 'der', type }))
    if (key) return privateKey(key, false)
  }
  const open = attempt(() => createPublicKey({ key: der, format: 'der', type: 'spki' }))
  return open && publicKey(open)
}

async function encryptedKeyInDer(der: Buffer, name: string, password: PasswordSource): Promise<PkiObject | undefined> {
  const { isEncryptedPkcs8 } = await import('./encrypted-pkcs8.ts')
  if (!isEncryptedPkcs8(der)) return undefined
  const passphrase = (await password(name)).reveal()
  const key = attempt(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8', passphrase }))
  return privateKey(key ?? wrongPassword(name), true)
}

/** Its libraries are loaded only for what may be one. */
async function inPkcs12(
  der: Buffer,
  name: string,
  password: PasswordSource,
): Promise<readonly PkiObject[] | undefined> {
  const { openPkcs12, parsePkcs12 } = await import('./read-pkcs12.ts')
  const file = parsePkcs12(der)
  if (!file) return undefined
  // Many have none, and nobody should be asked for it.
  const opened =
    openPkcs12(file, new Secret(''), name) ?? openPkcs12(file, await password(name), name) ?? wrongPassword(name)
  return [
    ...opened.privateKeys.map(({ key, isEncrypted }) => privateKey(key, isEncrypted)),
    ...opened.certificates.map((certificate) => ({ kind: 'certificate' as const, certificate })),
  ]
}

async function requestIn(pem: string): Promise<PkiObject | undefined> {
  const { lookAtCsr } = await import('./csr.ts')
  const request = await lookAtCsr(pem)
  return request && { kind: 'request', request }
}

function privateKey(key: KeyObject, isEncrypted: boolean): PkiObject {
  return { kind: 'private-key', keyType: keyTypeOf(key), publicKey: createPublicKey(key), isEncrypted }
}

function publicKey(key: KeyObject): PkiObject {
  return { kind: 'public-key', keyType: keyTypeOf(key), publicKey: key }
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function broken(name: string, what: string): never {
  throw new FileError(`${name} is broken: it holds a ${what} that can't be read`, {
    code: 'broken',
    hint: 'check that it is whole, and not cut short in the copying',
    facts: { path: name },
  })
}

function wrongPassword(name: string): never {
  throw new FileError(`${name} does not open by this password`, {
    code: 'wrong-password',
    hint: 'check --password-file',
    facts: { path: name },
  })
}

function unknownContent(name: string): FileError {
  return new FileError(`${name} holds no certificate, request, key or PKCS#12`, {
    code: 'unknown-content',
    hint: 'give it one of these, in PEM or DER',
    facts: { path: name },
  })
}
