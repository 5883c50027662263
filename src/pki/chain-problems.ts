import type { Certificate } from './certificate.ts'
import { pathLengthOf } from './certificate-details.ts'
import { orderChain } from './chain.ts'
import { formatTime } from '../core/time.ts'
import { formatSan, type San } from './names.ts'

export interface Problem {
  /** Stable and machine-readable, in kebab case. */
  readonly code: string
  readonly detail: string
}

export interface CertificateQuestion {
  readonly now: Date
  /** The name that clients look for. */
  readonly name: San | undefined
  /** Where a chain may end. */
  readonly anchors: readonly Certificate[]
  /** Whether clients get these certificates and no others, so that they have to lead to an anchor. */
  readonly mustLead: boolean
}

/**
 * The first that is no CA. Where there is none, a certificate that stands alone is one, too, and so is the first that a
 * server sends.
 */
export function leafOf(
  certificates: readonly Certificate[],
  { mustLead }: Pick<CertificateQuestion, 'mustLead'>,
): Certificate | undefined {
  return certificates.find(({ isCa }) => !isCa) ?? (mustLead || certificates.length === 1 ? certificates[0] : undefined)
}

export function nameOf({ commonName, subject, sans, serial }: Certificate): string {
  return commonName ?? (subject || (sans[0] ? formatSan(sans[0]) : serial))
}

/** What is wrong with the order and the completeness of a leaf and its issuers (RFC 8446, section 4.4.2). */
export function chainProblems(
  certificates: readonly Certificate[],
  { anchors, mustLead }: CertificateQuestion,
): readonly Problem[] {
  const { unique, duplicates } = withoutDuplicates(certificates)
  const leaf = leafOf(unique, { mustLead })
  const twice = duplicates.map((one) => problem('duplicate', `${nameOf(one)}: is there twice`))
  // A file of CAs has no order, and nothing that they would have to lead from.
  if (!leaf || (unique.length === 1 && !mustLead && anchors.length === 0)) return twice
  const { chain, root } = orderChain(leaf, unique)
  const way = [leaf, ...chain, ...(root && !root.equals(leaf) ? [root] : [])]
  return [
    ...twice,
    ...orderProblems(unique, way),
    ...(root && way.length > 1
      ? [problem('root-in-chain', `${nameOf(root)}: the root stands in the chain, where clients make no use of it`)]
      : []),
    ...completenessProblems(way, { anchors, mustLead }),
    ...issuerProblems(way),
    ...endProblems(way),
  ]
}

function withoutDuplicates(certificates: readonly Certificate[]) {
  const isFirst = (one: Certificate, index: number): boolean =>
    certificates.findIndex((other) => other.equals(one)) === index
  return {
    unique: certificates.filter(isFirst),
    duplicates: certificates.filter((one, index) => !isFirst(one, index)),
  }
}

function orderProblems(given: readonly Certificate[], way: readonly Certificate[]): readonly Problem[] {
  const belongs = (one: Certificate): boolean => way.some((other) => other.equals(one))
  const strangers = given.filter((one) => !belongs(one))
  const isOrdered = given.filter(belongs).every((one, index) => one.equals(way[index]!))
  return [
    ...(isOrdered
      ? []
      : [problem('wrong-order', `the certificates are not in order, which is: ${way.map(nameOf).join(', ')}`)]),
    ...strangers.map((one) => problem('unrelated', `${nameOf(one)}: is not an issuer of ${nameOf(way[0]!)}`)),
  ]
}

function completenessProblems(
  way: readonly Certificate[],
  { anchors, mustLead }: Pick<CertificateQuestion, 'anchors' | 'mustLead'>,
): readonly Problem[] {
  const top = way.at(-1)!
  const isAnchored = anchors.some(
    (anchor) => anchor.equals(top) || (top.issuer === anchor.subject && top.isIssuedBy(anchor)),
  )
  if (isAnchored) return []
  if (top.isSelfSigned) {
    if (!mustLead && anchors.length === 0) return []
    return way.length === 1
      ? [problem('self-signed', `${nameOf(top)}: is self-signed, and nobody trusts it who was not told to`)]
      : [problem('unknown-root', `${nameOf(top)}: is a root that is not known here`)]
  }
  if (way.length === 1)
    return [
      problem(
        'missing-intermediate',
        `${nameOf(top)}: its issuer "${top.issuer}" is missing, and is no root that is known here`,
      ),
    ]
  if (!mustLead && anchors.length === 0) return []
  return [problem('unknown-root', `${nameOf(top)}: its issuer "${top.issuer}" is no root that is known here`)]
}

/** Clients refuse an issuer that is no CA, and one with more CAs below it than it allows (RFC 5280, section 6.1.4). */
function issuerProblems([, ...issuers]: readonly Certificate[]): readonly Problem[] {
  return issuers.flatMap((issuer, below) => {
    const most = pathLengthOf(issuer)
    // A root is trusted for itself, and those of version 1 have no constraints.
    if (!issuer.isCa && !issuer.isSelfSigned)
      return [problem('not-a-ca', `${nameOf(issuer)}: stands in the chain, and is no CA by its basic constraints`)]
    if (most === undefined || below <= most) return []
    return [problem('path-too-long', `${nameOf(issuer)}: allows ${most} CAs below it, and there are ${below}`)]
  })
}

/** Clients stop at the first end on the way. */
function endProblems([leaf, ...issuers]: readonly Certificate[]): readonly Problem[] {
  return issuers
    .filter(({ notAfter }) => notAfter < leaf!.notAfter)
    .map((issuer) =>
      problem(
        'issuer-ends-first',
        `${nameOf(issuer)}: ends ${formatTime(issuer.notAfter)}, before ${nameOf(leaf!)} does`,
      ),
    )
}

function problem(code: string, detail: string): Problem {
  return { code, detail }
}
