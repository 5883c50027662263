import { type KeyObject } from 'node:crypto'

export const keyTypes = ['ec256', 'ec384', 'ec521', 'rsa2048', 'rsa3072', 'rsa4096', 'ed25519'] as const

/** The kinds of key that certctl makes. */
export type KeyType = (typeof keyTypes)[number]

/** Whether making such a key, or signing by it, takes less than the way to the thread pool and back. */
export function isQuick(keyType: string): boolean {
  return keyType === 'ec256' || keyType === 'ed25519'
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: 'ec256',
  secp384r1: 'ec384',
  secp521r1: 'ec521',
  secp224r1: 'ec224',
}

/** The kind of any key, also of those that certctl does not make: `ec256`, `rsa1024`, `ec-secp256k1`, `ed448`, `dsa2048`. */
export function keyTypeOf(key: KeyObject): string {
  const kind = key.asymmetricKeyType ?? 'unknown'
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  if (namedCurve !== undefined) return curves[namedCurve] ?? `ec-${namedCurve}`
  return modulusLength === undefined ? kind : `${kind}${modulusLength}`
}
