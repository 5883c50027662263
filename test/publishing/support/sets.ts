import { Secret } from '../../../src/core/secret.ts'
import type { CertificateSet } from '../../../src/files/certificate-set.ts'

/** A set whose every file says which round it is of, and how long it has to be. */
export function setOfRound(round: number): CertificateSet {
  const text = (name: string): string => `${name} ${round} ${'x'.repeat(2000)} end\n`
  return {
    cert: text('cert'),
    chain: text('chain'),
    fullchain: text('fullchain'),
    key: new Secret(text('key')),
    ca: round % 2 === 0 ? text('ca') : undefined,
    record: {
      schema: 1,
      issuer: {
        kind: 'local',
        profile: null,
        address: null,
        mount: null,
        role: null,
        issuerRef: null,
        namespace: null,
      },
      name: `round ${round}`,
      sans: [],
      ttlSeconds: null,
      keyType: null,
      keyOrigin: 'generated',
      csr: null,
    },
  }
}

/** The round that a file is of; undefined for half a file. */
export function roundIn(text: string): number | undefined {
  const round = /^\w+ (\d+) x{2000} end\n$/.exec(text)?.[1]
  return round === undefined ? undefined : Number(round)
}
