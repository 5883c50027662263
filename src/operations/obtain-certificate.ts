import type { Duration } from '../core/duration.ts'
import {
  KeyRefusedError,
  type Connector,
  type IssuedCertificate,
  type KeyRequirement,
} from '../connectors/connector.ts'
import { createCsr } from '../pki/create-csr.ts'
import type { Csr } from '../pki/csr.ts'
import type { San } from '../pki/names.ts'
import { generatePrivateKey, type KeyType, type PrivateKey } from '../pki/private-key.ts'

/** Where the key comes from. */
export type KeySource =
  /** Made on this host; without a type the default, or what the issuer demands. */
  | { readonly origin: 'generated'; readonly keyType: KeyType | undefined }
  | { readonly origin: 'file'; readonly key: PrivateKey }
  | { readonly origin: 'csr'; readonly csr: Csr }
  | { readonly origin: 'issuer'; readonly keyType: KeyType | undefined }

export interface WantedCertificate {
  readonly commonName: string | undefined
  readonly sans: readonly San[]
  readonly ttl: Duration | undefined
  readonly key: KeySource
}

export interface ObtainedCertificate extends IssuedCertificate {
  /** Absent where the key stays with whoever made the CSR. */
  readonly privateKey: PrivateKey | undefined
}

const defaultKeyType: KeyType = 'ec256'

/** One certificate from the issuer: makes key and CSR where they are to be made here. */
export async function obtainCertificate(
  connector: Connector,
  wanted: WantedCertificate,
  signal?: AbortSignal,
): Promise<ObtainedCertificate> {
  const { key, ...names } = wanted
  switch (key.origin) {
    case 'csr':
      return connector.issue(
        { ...names, key: { origin: 'csr', csr: key.csr.pem, publicKey: key.csr.publicKey } },
        signal,
      )
    case 'issuer':
      return connector.issue({ ...names, key }, signal)
    case 'file':
      return signFor(connector, key.key, names, signal)
    case 'generated':
      return generateAndSign(connector, key.keyType, names, signal)
  }
}

type Names = Omit<WantedCertificate, 'key'>

async function signFor(
  connector: Connector,
  privateKey: PrivateKey,
  names: Names,
  signal?: AbortSignal,
): Promise<ObtainedCertificate> {
  const csr = await createCsr({ commonName: names.commonName, sans: names.sans, key: privateKey })
  const { publicKey } = privateKey
  const issued = await connector.issue({ ...names, key: { origin: 'csr', csr, publicKey } }, signal)
  return { ...issued, privateKey }
}

/** A role may demand another kind of key than the default; that refusal issued nothing, so a fitting key is asked for. */
async function generateAndSign(
  connector: Connector,
  chosen: KeyType | undefined,
  names: Names,
  signal?: AbortSignal,
): Promise<ObtainedCertificate> {
  let keyType: KeyType = chosen ?? defaultKeyType
  const refused = new Set<KeyType>()
  for (;;) {
    try {
      const obtained = await signFor(connector, await generatePrivateKey(keyType), names, signal)
      if (refused.size === 0) return obtained
      return {
        ...obtained,
        warnings: [`the key is ${keyType}: the issuer takes no ${[...refused].join(', ')}`, ...obtained.warnings],
      }
    } catch (error) {
      if (chosen !== undefined || !(error instanceof KeyRefusedError)) throw error
      refused.add(keyType)
      const fitting = fittingKeyType(error.requirement, keyType)
      if (fitting === undefined || refused.has(fitting)) throw error
      keyType = fitting
    }
  }
}

/** The smallest kind of key that meets the demand; without a named algorithm, of the refused key's own. */
export function fittingKeyType({ algorithm, minimumBits = 0 }: KeyRequirement, refused: KeyType): KeyType | undefined {
  const family = algorithm ?? (/^[a-z]+/.exec(refused)?.[0] as 'rsa' | 'ec' | 'ed')
  if (family.startsWith('ed')) return 'ed25519'
  const sizes = family === 'rsa' ? ([2048, 3072, 4096] as const) : ([256, 384, 521] as const)
  const size = sizes.find((bits) => bits >= minimumBits)
  return size === undefined ? undefined : (`${family as 'rsa' | 'ec'}${size}` as KeyType)
}
