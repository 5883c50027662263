import { fileNames, type CertificateSet } from '../files/certificate-set.ts'
import { Certificate } from '../pki/certificate.ts'
import { parsePem } from '../pki/pem.ts'
import type { Defect } from './defect.ts'

/** What the files of a version hold; the bundle is undefined where that file is gone. */
export type PublishedTexts = Pick<CertificateSet, 'cert' | 'chain' | 'ca'> & { readonly fullchain: string | undefined }

export interface PublishedChain {
  /** The leaf's issuers in PEM, root excluded. */
  readonly chain: string
  /** The names of the files that hold something else. */
  readonly changed: readonly string[]
}

/** Of a certificate for which there is no such chain. */
export const brokenChain: Defect = { state: 'mismatch', reason: 'certificate, chain and root differ' }

/**
 * The chain that a leaf was published with. It stands in two files, so that one can tell what belongs into the other;
 * undefined where neither holds issuers of this leaf, or the file of the root no root of theirs: then only a successor helps.
 */
export function publishedChain(texts: PublishedTexts): PublishedChain | undefined {
  const { cert, chain, fullchain } = texts
  const told = fullchain?.startsWith(cert) ? fullchain.slice(cert.length) : undefined
  if (told === chain) return endsAtRoot(chain, texts) ? { chain, changed: [] } : undefined
  const [one, other] = [told ?? '', chain].filter((text) => isChain(text, texts))
  if (one === undefined) return undefined
  const whole = other === undefined || other === '' ? one : other
  const changed = [
    ...(chain === whole ? [] : [fileNames.chain]),
    ...(fullchain === undefined || told === whole ? [] : [fileNames.fullchain]),
  ]
  return { chain: whole, changed }
}

/** Certificates as they are written here and nothing else, each of the one before it. */
function isChain(text: string, texts: PublishedTexts): boolean {
  const certificates = certificatesIn(text)
  if (certificates.map(({ pem }) => pem).join('') !== text) return false
  const way = [...certificatesIn(texts.cert), ...certificates]
  const isInOrder = way.every((one, index) => index === 0 || way[index - 1]?.isIssuedBy(one) === true)
  return isInOrder && endsAtRoot(text, texts)
}

/** By the name, where that is enough: it is asked in each look at a certificate. */
function endsAtRoot(chain: string, { cert, ca }: PublishedTexts): boolean {
  if (ca === undefined) return true
  const [root] = certificatesIn(ca)
  const top = certificatesIn(chain).at(-1) ?? Certificate.parse(cert)
  return root !== undefined && (root.subject === top?.issuer || top?.isIssuedBy(root) === true)
}

function certificatesIn(text: string): readonly Certificate[] {
  return parsePem(text).flatMap(({ pem }) => Certificate.parse(pem) ?? [])
}
