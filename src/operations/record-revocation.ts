import { CertctlError, errorMessage } from '../core/errors.ts'
import { openCertificateDirectory } from '../files/certificate-directory.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { keptVersionsIn, type KeptVersion } from '../files/kept-versions.ts'
import { Certificate } from '../pki/certificate.ts'
import { outlineOf } from '../pki/outline.ts'
import { adoptedInPlace } from './adopt/in-place.ts'
import type { Host } from './host.ts'
import type { LocatedCertificate } from './locate-certificate.ts'
import { lockedDirectory } from './locked-directory.ts'
import { withRevoked } from './revoked.ts'

export interface RecordedRevocation {
  /** Directories of this host that the revoked certificate is published in, or that could go back to it. */
  readonly directories: readonly HoldingDirectory[]
  /** Why it could not be recorded everywhere: it is revoked all the same. */
  readonly warnings: readonly string[]
}

export interface HoldingDirectory {
  /** The real path. */
  readonly directory: string
  readonly isLive: boolean
}

/**
 * Has this host know that a certificate was revoked, wherever it keeps it: `status` tells, `renew` replaces it, and nothing
 * goes back to it. `kind` is of the issuer that revoked it: two kinds may have given the same serial.
 */
export async function recordRevocation(
  { serial, directory: named }: LocatedCertificate,
  kind: string,
  host: Host,
  signal?: AbortSignal,
): Promise<RecordedRevocation> {
  const inventory = new Inventory(host.stateDirectory)
  const directories: HoldingDirectory[] = []
  const warnings: string[] = []
  const isHeld = ({ cert, record, isLive }: KeptVersion, entry: InventoryEntry | undefined): boolean => {
    if (record.issuer.kind !== kind) return false
    return serialOf(cert) === serial || (isLive && adoptedInPlace(record, entry)?.serial === serial)
  }
  const guarded = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      warnings.push(`${what}: ${errorMessage(error)}`)
    }
  }
  const recordIn = async (directory: string, known: InventoryEntry | undefined): Promise<void> => {
    const held = keptVersionsAt(directory).filter((version) => isHeld(version, known))
    if (held.length === 0) return
    const place = openCertificateDirectory(directory)
    await lockedDirectory(place, host, signal, () =>
      inventory.update(directory, (entry) => withRevoked(entry, [serial])),
    )
    directories.push({ directory, isLive: held.some(({ isLive }) => isLive) })
  }
  await guarded('the revocation is not recorded on this host', async () => {
    const { directories: known, entries } = await inventory.list()
    for (const directory of known) {
      const entry = entries.get(directory)
      await guarded(`the revocation is not recorded for ${directory}`, () => recordIn(directory, entry))
    }
    if (named === undefined || known.includes(await openCertificateDirectory(named).realPath())) return
    warnings.push(`${named} is not known to this user on this host: status and renew don't see that it was revoked`)
  })
  return { directories, warnings }
}

/** A directory that can't be read has nothing that could be used, and says so itself. */
function keptVersionsAt(directory: string): readonly KeptVersion[] {
  try {
    return keptVersionsIn(directory)
  } catch (error) {
    if (error instanceof CertctlError) return []
    throw error
  }
}

function serialOf(pem: string): string | undefined {
  return (outlineOf(pem) ?? Certificate.parse(pem))?.serial
}
