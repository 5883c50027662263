import { createPrivateKey, createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { FileError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { type KeyType, keyTypeOf } from './key-type.ts'
import { parsePem, type PemBlock } from './pem.ts'

export { type KeyType, keyTypes } from './key-type.ts'

/** A key that can sign. */
export class PrivateKey {
  /** One of `keyTypes` or, for a key made elsewhere, a text like `rsa1024`. */
  readonly keyType: string
  /** PKCS#8, ending in a newline. */
  readonly pem: Secret
  readonly publicKey: KeyObject

  constructor(
    readonly keyObject: KeyObject,
    keyType = keyTypeOf(keyObject),
  ) {
    this.keyType = keyType
    this.pem = new Secret(keyObject.export({ type: 'pkcs8', format: 'pem' }).toString())
    this.publicKey = createPublicKey(keyObject)
  }

  /** PKCS#1 or SEC1; PKCS#8 for kinds of keys that have no such form, as openssl has it. */
  get traditionalPem(): Secret {
    const kind = this.keyObject.asymmetricKeyType
    if (kind !== 'rsa' && kind !== 'ec') return this.pem
    return new Secret(this.keyObject.export({ type: kind === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem' }).toString())
  }

  /** Whether the certificate or CSR is for this key. */
  isFor(holder: { readonly publicKey: KeyObject }): boolean {
    return this.publicKey.equals(holder.publicKey)
  }
}

export async function generatePrivateKey(type: KeyType): Promise<PrivateKey> {
  return new PrivateKey(await generateKey(type), type)
}

/** The two quick kinds at once, as `isQuick` has it. */
async function generateKey(type: KeyType): Promise<KeyObject> {
  const generate = promisify(generateKeyPair)
  switch (type) {
    case 'ec256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'ec384':
      return (await generate('ec', { namedCurve: 'P-384' })).privateKey
    case 'ec521':
      return (await generate('ec', { namedCurve: 'P-521' })).privateKey
    case 'rsa2048':
      return (await generate('rsa', { modulusLength: 2048 })).privateKey
    case 'rsa3072':
      return (await generate('rsa', { modulusLength: 3072 })).privateKey
    case 'rsa4096':
      return (await generate('rsa', { modulusLength: 4096 })).privateKey
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
  }
}

/**
 * Reads the first key in PEM: PKCS#8, PKCS#1 or SEC1; encrypted only where a password is given. `name` is what errors call
 * it, such as its path.
 */
export function parsePrivateKey(text: string, name: string, password?: Secret): PrivateKey {
  const block = keyBlockIn(text)
  if (!block)
    throw new FileError(`${name} is no private key`, { hint: 'a key in PEM is needed: PKCS#8, PKCS#1 or SEC1' })
  const isEncrypted = isEncryptedBlock(block)
  if (isEncrypted && password === undefined) {
    throw new FileError(`${name} is encrypted`, {
      code: 'encrypted-key',
      hint: 'decrypt it first: openssl pkey -in KEY -out PLAIN',
      facts: { path: name },
    })
  }
  const key = isEncrypted ? decryptKey(block.pem, name, password) : readKey(block.pem, name)
  if (!['ec', 'rsa', 'rsa-pss', 'ed25519', 'ed448'].includes(key.asymmetricKeyType ?? '')) {
    throw new FileError(`${name} is a key of type ${keyTypeOf(key)}, which no certificate can be issued for`, {
      hint: 'use an RSA, EC or Ed25519 key',
    })
  }
  return new PrivateKey(key)
}

/** In which form the first key in a text is; undefined where it holds none. */
export function keyFormIn(
  text: string,
): { readonly isEncrypted: boolean; readonly isTraditional: boolean } | undefined {
  const block = keyBlockIn(text)
  return block && { isEncrypted: isEncryptedBlock(block), isTraditional: /^(?:RSA|EC) /.test(block.label) }
}

function keyBlockIn(text: string): PemBlock | undefined {
  return parsePem(text).find(({ label }) => label.endsWith('PRIVATE KEY'))
}

function isEncryptedBlock({ label, pem }: PemBlock): boolean {
  return label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(pem)
}

function decryptKey(pem: string, name: string, password: Secret | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, passphrase: password?.reveal() })
  } catch (cause) {
    throw new FileError(`${name} does not open by this password`, {
      code: 'wrong-password',
      hint: 'check the file with its password',
      cause,
      facts: { path: name },
    })
  }
}

function readKey(pem: string, name: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new FileError(`${name} is broken: it holds no readable private key`, {
      hint: 'check it with: openssl pkey -noout -in FILE',
      cause,
    })
  }
}
