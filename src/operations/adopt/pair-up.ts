import { basename } from 'node:path'
import { CertctlError, FileError } from '../../core/errors.ts'
import type { Outputs } from '../../files/inventory-entry.ts'
import { shellWord } from '../../files/shell-word.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { orderChain, type Chain } from '../../pki/chain.ts'
import type { PrivateKey } from '../../pki/private-key.ts'
import type { Fault, Material } from './material.ts'

/** A certificate with its key, and in which files they are. */
export interface Pair extends Chain {
  /** Of its main file. */
  readonly path: string
  readonly leaf: Certificate
  readonly key: PrivateKey
  /** The files by what is in them, and the form of the key. */
  readonly files: Outputs
}

export type Pairing = Pair | { readonly path: string; readonly error: CertctlError }

export interface PairingQuestion {
  readonly materials: readonly Material[]
  /** Files that can't be read: what is missing elsewhere may be in one of them. */
  readonly faults: readonly Fault[]
  /** Whether the operator named these files: then a file with nothing but the root is to be renewed as well. */
  readonly isNamed: boolean
}

/** Finds what belongs together by keys and signatures; names of files only decide where contents leave it open. */
export function pairUp(question: PairingQuestion): readonly Pairing[] {
  const leaves = new Map(
    question.materials.flatMap((material) => {
      const leaf = leafOf(material)
      return leaf ? [[leaf.fingerprintSha256, leaf] as const] : []
    }),
  )
  return [...leaves.values()].map((leaf) => {
    const holders = question.materials.filter((material) => leafOf(material)?.equals(leaf))
    try {
      return pairFor(leaf, holders, leaves.size === 1, question)
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      return { path: holders[0]!.path, error }
    }
  })
}

/** The certificate that a file is about: the first that is not a CA's. */
export function leafOf({ certificates }: Material): Certificate | undefined {
  return certificates.find((certificate) => !isAuthority(certificate))
}

/** `openssl req -x509` makes a CA of what is meant for one server; names to connect to tell them apart. */
function isAuthority(certificate: Certificate): boolean {
  const isServer = certificate.sans.some(({ type }) => type === 'dns' || type === 'ip')
  return certificate.isCa && !(isServer && certificate.isSelfSigned)
}

function pairFor(
  leaf: Certificate,
  holders: readonly Material[],
  isAlone: boolean,
  { materials, faults, isNamed }: PairingQuestion,
): Pair {
  const keyless = materials.filter(({ key }) => key === undefined)
  const bundles = holders.filter((holder) => keyless.includes(holder) && isBundle(holder))
  const singles = holders.filter((holder) => keyless.includes(holder) && !isBundle(holder))
  const combined = holders.filter(({ key }) => key?.isFor(leaf))
  const keyFiles = materials.filter((one) => one.certificates.length === 0 && one.key?.isFor(leaf))
  if (keyFiles.length + combined.length === 0) throw noKeyFor(holders[0]!, materials, faults)
  const issuers = keyless.filter((one) => !leafOf(one) && isChainFor(leaf, one))
  const ofThis = issuers.filter((one) => isAlone || holders.some((holder) => isNamedAfter(one, holder)))
  const chains = ofThis.filter((one) => !isRootFile(one))
  // A certificate alone in its file, and its issuers in no other: servers that read it want the issuers there.
  const isOnlyFile = bundles.length + combined.length + chains.length === 0
  const [keyFile] = [...keyFiles, ...combined]
  const files = {
    certFile: onlyPath(isOnlyFile ? [] : singles),
    fullchainFile: onlyPath(isOnlyFile ? singles : bundles),
    chainFile: onlyPath(chains),
    caFile: isNamed ? onlyPath(ofThis.filter(isRootFile)) : undefined,
    combinedFile: onlyPath(combined),
    keyFile: onlyPath(keyFiles),
    keyFormat: keyFile?.keyForm?.isTraditional && !keyFile.keyForm.isEncrypted ? ('traditional' as const) : undefined,
  }
  const candidates = [...holders, ...keyless].flatMap(({ certificates }) => certificates)
  const { chain, root } = orderChain(leaf, candidates)
  return {
    chain,
    root: root?.equals(leaf) ? undefined : root,
    leaf,
    key: keyFile!.key!,
    path: (files.fullchainFile ?? files.certFile ?? files.combinedFile)!,
    files: Object.fromEntries(Object.entries(files).filter(([, value]) => value !== undefined)),
  }
}

function isBundle({ path, certificates }: Material): boolean {
  return certificates.length > 1 || /fullchain|bundle/i.test(basename(path))
}

function isChainFor(leaf: Certificate, { certificates }: Material): boolean {
  return certificates.some((certificate) => leaf.isIssuedBy(certificate) && !certificate.equals(leaf))
}

/** What programs trust, unless its name says that it is sent along, as lego's `NAME.issuer.crt` does. */
function isRootFile({ path, certificates }: Material): boolean {
  return certificates.every(({ isSelfSigned }) => isSelfSigned) && !/chain|issuer/i.test(basename(path))
}

/** `NAME.issuer.crt` is named after `NAME.crt`. */
function isNamedAfter(one: Material, holder: Material): boolean {
  const stem = stemOf(holder.path)
  return basename(one.path).startsWith(`${stem}.`) || basename(one.path).startsWith(`${stem}-`)
}

/** `web.key` and `web.crt`. */
export function isNamedAlike(one: string, other: string): boolean {
  return stemOf(one) === stemOf(other)
}

function stemOf(path: string): string {
  return basename(path).replace(/\.[^.]*$/, '')
}

/** FileError where two files hold the same: only one of them could be renewed. */
function onlyPath(materials: readonly Material[]): string | undefined {
  const [one, other] = materials
  if (one === undefined || other === undefined) return one?.path
  throw new FileError(`${one.path} and ${other.path} hold the same, and only one of them can be kept`, {
    code: 'ambiguous',
    hint: 'name the files that servers read, as in: certctl adopt CERT KEY',
    facts: { path: one.path, otherPath: other.path },
  })
}

/** Files with a key that is of no certificate among them. */
export function unclaimedKeys(materials: readonly Material[]): readonly Material[] {
  const leaves = materials.flatMap((material) => leafOf(material) ?? [])
  return materials.filter(({ key }) => key && !leaves.some((leaf) => key.isFor(leaf)))
}

function noKeyFor({ path }: Material, materials: readonly Material[], faults: readonly Fault[]): CertctlError {
  const isBeside = (other: { readonly path: string }): boolean => isNamedAlike(other.path, path)
  const strangers = unclaimedKeys(materials)
  const stranger = strangers.find(isBeside) ?? (strangers.length === 1 ? strangers[0] : undefined)
  if (stranger) {
    return new FileError(`${stranger.path} is not the key of the certificate in ${path}`, {
      code: 'key-mismatch',
      hint: `see whose it is: certctl inspect ${shellWord(stranger.path)}`,
      facts: { path, key: stranger.path },
    })
  }
  const fault = faults.find(isBeside) ?? faults[0]
  if (fault) return fault.error
  return new FileError(`the key of the certificate in ${path} is not there`, {
    code: 'no-key',
    hint: `name it too: certctl adopt ${shellWord(path)} KEY; without it: certctl issue NAME --csr FILE`,
    facts: { path },
  })
}
