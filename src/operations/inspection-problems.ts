import type { Certificate } from '../pki/certificate.ts'
import type { CertificateQuestion, Problem } from '../pki/chain-problems.ts'
import type { PkiObject } from '../pki/pki-object.ts'
import { certificateProblems, keyProblems, requestProblems } from '../pki/problems.ts'

/** What is wrong with what was found, file by file and between them; each thing once. */
export function problemsOf(
  sources: readonly (readonly PkiObject[])[],
  question: CertificateQuestion,
): readonly Problem[] {
  const bundles = sources.map(certificatesIn)
  const requests = sources.flat().flatMap((object) => (object.kind === 'request' ? [object.request] : []))
  const keys = sources.flat().flatMap((object) => (object.kind === 'private-key' ? [object.publicKey] : []))
  // The root that stands beside a chain, as a file of its own, is where that chain may end.
  const beside = bundles.length > 1 ? bundles.flat().filter((one) => one.isCa && one.isSelfSigned) : []
  const asked = { ...question, anchors: [...question.anchors, ...beside] }
  // A certificate by itself need not lead to a root while its issuers may be in the other files.
  const isPart = (bundle: readonly Certificate[]): boolean =>
    bundle.length === 1 && bundles.some((other) => other !== bundle && other.length > 0)
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

export function certificatesIn(objects: readonly PkiObject[]): readonly Certificate[] {
  return objects.flatMap((object) => (object.kind === 'certificate' ? [object.certificate] : []))
}
