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

/** What is to be gone back from, and whereto if there is a choice. */
export interface WayBack {
  readonly live: Certificate
  /** SHA-256 of the certificate that was in use last. */
  readonly lastInUse?: string | undefined
}

/**
 * The version that a directory can go back to: of those with another certificate than the live one, that was in use last or
 * else the newest. FileError where there is none, and for one that was revoked, has expired or is of no use to a server.
 * Under the certificate's lock: a revocation may be recorded at any time.
 */
export async function versionBefore(
  directory: CertificateDirectory,
  way: WayBack,
  { stateDirectory, clock }: Pick<Host, 'stateDirectory' | 'clock'>,
): Promise<VersionBefore> {
  const before = await chosen(directory, way)
  if (before === undefined) throw nothingBefore(directory.path)
  const { set, certificate } = before
  const { serial, notAfter } = certificate
  const entry = new Inventory(stateDirectory).read(await directory.realPath())
  const isWhole = publishedChain(set)?.changed.length === 0
  const defect = defectOf({ ...set, key: set.key }, entry, directory.path) ?? (isWhole ? undefined : brokenChain)
  if (defect?.state === 'revoked') throw noUse(directory, 'revoked', `, ${serial}, was revoked`)
  if (defect) throw noUse(directory, defect.state, ` can't be used: ${defect.reason}`)
  if (notAfter <= clock.now()) throw noUse(directory, 'expired', `, ${serial}, has expired`)
  return before
}

async function chosen(
  directory: CertificateDirectory,
  { live, lastInUse }: WayBack,
): Promise<VersionBefore | undefined> {
  let newest: VersionBefore | undefined
  for (const version of await directory.before()) {
    const set = await directory.readBefore(version)
    const certificate = parseCertificate(set.cert, 'the version before')
    // A change of modes or forms makes a version too.
    if (certificate.equals(live)) continue
    newest ??= { version, set, certificate }
    if (lastInUse === undefined) return newest
    if (certificate.fingerprintSha256 === lastInUse) return { version, set, certificate }
  }
  return newest
}

function noUse({ path }: CertificateDirectory, code: string, why: string): FileError {
  return new FileError(`the version before${why}`, {
    code,
    hint: `make a new one: certctl renew ${shellWord(path)} --force`,
    facts: { path },
  })
}
