import type { Certificate } from './certificate.ts'

export interface Chain {
  /** Issuers in order, the leaf's own first, root excluded. */
  readonly chain: readonly Certificate[]
  /** The self-signed end of the chain, where it is among the candidates. */
  readonly root: Certificate | undefined
}

/**
 * Finds the leaf's issuers among the candidates by signature; strangers and duplicates are dropped. Where a CA is there both
 * self-signed and cross-signed, the longer way is taken: it serves clients that trust either end.
 */
export function orderChain(leaf: Certificate, candidates: readonly Certificate[]): Chain {
  const chain: Certificate[] = []
  let current = leaf
  while (!current.isSelfSigned) {
    const next = nextIssuer(current, [leaf, ...chain], candidates)
    if (!next) return { chain, root: undefined }
    if (next.isSelfSigned) return { chain, root: next }
    chain.push(next)
    current = next
  }
  return { chain, root: current }
}

/** An issuer that was itself issued by somebody on the way only leads back: cross-signed CAs would form a loop. */
function nextIssuer(
  current: Certificate,
  way: readonly Certificate[],
  candidates: readonly Certificate[],
): Certificate | undefined {
  const issuers = candidates.filter(
    (candidate) =>
      current.isIssuedBy(candidate) && !way.some((one) => one.equals(candidate) || candidate.isIssuedBy(one)),
  )
  return issuers.find((issuer) => !issuer.isSelfSigned) ?? issuers[0]
}
