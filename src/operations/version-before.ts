import { FileError } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { CertificateSet } from '../files/certificate-set.ts'
import { Inventory } from '../files/inventory.ts'
import { shellWord } from '../files/shell-word.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import { defectOf } from './defect.ts'
import type { Host } from './host.ts'
import { brokenChain, publishedChain } from './published-chain.ts'

export interface VersionBefore {
  readonly set: CertificateSet
  readonly certificate: Certificate
}

/**
 * The version that a directory can go back to. FileError where there is none, and for one that was revoked or that no server
 * could use. Under the certificate's lock: a revocation may be recorded at any time.
 */
export async function versionBefore(
  directory: CertificateDirectory,
  { stateDirectory }: Pick<Host, 'stateDirectory'>,
): Promise<VersionBefore> {
  const set = await directory.readBefore()
  const certificate = parseCertificate(set.cert, 'the version before')
  const entry = new Inventory(stateDirectory).read(await directory.realPath())
  const isWhole = publishedChain(set)?.changed.length === 0
  const defect = defectOf({ ...set, key: set.key }, entry, directory.path) ?? (isWhole ? undefined : brokenChain)
  if (defect === undefined) return { set, certificate }
  const why = defect.state === 'revoked' ? `, ${certificate.serial}, was revoked` : ` can't be used: ${defect.reason}`
  throw new FileError(`the version before${why}`, {
    code: defect.state,
    hint: `make a new one: certctl renew ${shellWord(directory.path)} --force`,
    facts: { path: directory.path },
  })
}
