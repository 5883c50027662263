import type { Certificate } from '../../src/pki/certificate.ts'
import { parseSan } from '../../src/pki/names.ts'
import { type PrivateKey, generatePrivateKey } from '../../src/pki/private-key.ts'
import { signLeaf, signRoot } from '../../src/pki/sign-certificate.ts'

export interface OwnCa {
  readonly certificate: Certificate
  readonly key: PrivateKey
  /** A leaf for the names, the first of which is its common name. */
  issue(names: readonly [string, ...string[]]): Promise<Certificate>
}

const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2046-01-01T00:00:00Z')

/** A CA for one test, signed by certctl's own code. */
export async function makeOwnCa(commonName = 'test root'): Promise<OwnCa> {
  const key = await generatePrivateKey('ec256')
  const certificate = await signRoot({ commonName, key, notBefore, notAfter })
  return {
    certificate,
    key,
    async issue(names) {
      const { publicKey } = await generatePrivateKey('ec256')
      const sans = names.map((name) => parseSan(name))
      return signLeaf({ commonName: names[0], sans, publicKey, notBefore, notAfter }, { certificate, key })
    },
  }
}
