import type { KeyObject } from 'node:crypto'
import type { Certificate } from '../pki/certificate.ts'
import type { CertificateQuestion, Problem } from '../pki/chain-problems.ts'
import { orderChain } from '../pki/chain.ts'
import type { PkiObject } from '../pki/pki-object.ts'
import { certificateProblems, keyProblems, requestProblems } from '../pki/problems.ts'

/** What is wrong with what was found, file by file and between them; each thing once. */
export function problemsOf(
  sources: readonly (readonly PkiObject[])[],
  question: CertificateQuestion,
): readonly Problem[] {
  const bundles = sources.flatMap(bundlesIn)
  const requests = sources.flat().flatMap((object) => (object.kind === 'request' ? [object.request] : []))
  const keys = keysIn(sources.flat())
  // The root that stands beside a chain, as a file of its own, is where that chain may end.
  const beside = sources.length > 1 ? bundles.flat().filter((one) => one.isCa && one.isSelfSigned) : []
  const asked = { ...question, anchors: [...question.anchors, ...beside] }
  // A certificate by itself need not lead to a root while its issuers may be in the other files.
  const isSpread = sources.filter((objects) => certificatesIn(objects).length > 0).length > 1
  const isPart = (bundle: readonly Certificate[]): boolean => isSpread && bundle.length === 1
  // A CA beside a leaf is for nobody by name; one that stands alone may be a server's own.
  const hasLeaf = bundles.flat().some(({ isCa }) => !isCa)
  const isOfCas = (bundle: readonly Certificate[]): boolean => hasLeaf && bundle.every(({ isCa }) => isCa)
  const problems = [
    ...bundles.flatMap((bundle) =>
      certificateProblems(bundle, {
        ...asked,
        name: isOfCas(bundle) ? undefined : asked.name,
        anchors: isPart(bundle) ? [] : asked.anchors,
      }),
    ),
    ...requests.flatMap(requestProblems),
    ...keyProblems(keys, [...bundles.flat(), ...requests.map(({ csr }) => csr)]),
  ]
  return [...new Map(problems.map((problem) => [`${problem.code} ${problem.detail}`, problem])).values()]
}

/** What is in a file stands together; in one with several keys, as keystores are, each key's certificate and its issuers. */
function bundlesIn(objects: readonly PkiObject[]): readonly (readonly Certificate[])[] {
  const [certificates, keys] = [certificatesIn(objects), keysIn(objects)]
  const leaves = certificates.filter(({ isCa, publicKey }) => !isCa && keys.some((key) => key.equals(publicKey)))
  if (keys.length < 2 || leaves.length < 2) return [certificates]
  const bundles = leaves.map((leaf) => {
    const { chain, root } = orderChain(leaf, certificates)
    return [leaf, ...chain, ...(root && !root.equals(leaf) ? [root] : [])]
  })
  const others = certificates.filter((one) => !bundles.flat().some((other) => other.equals(one)))
  return [...bundles, others]
}

function keysIn(objects: readonly PkiObject[]): readonly KeyObject[] {
  return objects.flatMap((object) => (object.kind === 'private-key' ? [object.publicKey] : []))
}

export function certificatesIn(objects: readonly PkiObject[]): readonly Certificate[] {
  return objects.flatMap((object) => (object.kind === 'certificate' ? [object.certificate] : []))
}
