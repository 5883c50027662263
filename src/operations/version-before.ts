import { FileError } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { CertificateSet } from '../files/certificate-set.ts'
import { nothingBefore } from '../files/directory-errors.ts'
import { Inventory } from '../files/inventory.ts'
import type { Version } from '../files/publish.ts'
import { shellWord } from '../files/shell-word.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import { defectOf } from './defect.ts'
import type { Host } from './host.ts'
import { brokenChain, publishedChain } from './published-chain.ts'

export interface VersionBefore {
  readonly version: Version
  readonly set: CertificateSet
  readonly certificate: Certificate
}

/** What is to be gone back from. */
export interface WayBack {
  readonly live: Certificate
}

/**
 * The version that a directory can go back to: the newest with another certificate than the live one. FileError where there
 * is none, and for one that was revoked or that no server could use. Under the certificate's lock: a revocation may be
 * recorded at any time.
 */
export async function versionBefore(
  directory: CertificateDirectory,
  way: WayBack,
  { stateDirectory }: Pick<Host, 'stateDirectory'>,
): Promise<VersionBefore> {
  const before = await chosen(directory, way)
  if (before === undefined) throw nothingBefore(directory.path)
  const { set, certificate } = before
  const { serial } = certificate
  const entry = new Inventory(stateDirectory).read(await directory.realPath())
  const isWhole = publishedChain(set)?.changed.length === 0
  const defect = defectOf({ ...set, key: set.key }, entry, directory.path) ?? (isWhole ? undefined : brokenChain)
  if (defect?.state === 'revoked') throw noUse(directory, 'revoked', `, ${serial}, was revoked`)
  if (defect) throw noUse(directory, defect.state, ` can't be used: ${defect.reason}`)
  return before
}

async function chosen(directory: CertificateDirectory, { live }: WayBack): Promise<VersionBefore | undefined> {
  for (const version of await directory.before()) {
    const set = await directory.readBefore(version)
    const certificate = parseCertificate(set.cert, 'the version before')
    // A change of modes or forms makes a version too.
    if (!certificate.equals(live)) return { version, set, certificate }
  }
  return undefined
}

function noUse({ path }: CertificateDirectory, code: string, why: string): FileError {
  return new FileError(`the version before${why}`, {
    code,
    hint: `make a new one: certctl renew ${shellWord(path)} --force`,
    facts: { path },
  })
}
