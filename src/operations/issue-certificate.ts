import { Duration } from '../core/duration.ts'
import { formatTime } from '../core/time.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { PublishedFiles } from '../files/certificate-set.ts'
import { Inventory } from '../files/inventory.ts'
import type { Certificate } from '../pki/certificate.ts'
import { certificateRecord, certificateTexts } from './certificate-set.ts'
import { lockedDirectory } from './locked-directory.ts'
import type { Host } from './host.ts'
import type { Issuer } from './issuer.ts'
import type { WantedCertificate } from './obtain-certificate.ts'
import { obtainCounted } from './obtain-counted.ts'
import { renewalTime } from './renewal-due.ts'

export interface IssueOrder {
  readonly name: string
  readonly wanted: WantedCertificate
  readonly directory: CertificateDirectory
  /** Whether what is there may be replaced. */
  readonly replace: boolean
}

export interface Issuance {
  readonly certificate: Certificate
  readonly files: PublishedFiles
  readonly nextRenewalAt: Date
  readonly warnings: readonly string[]
}

/** Issues a certificate and publishes its files as a unit. What can be refused without the issuer is refused first. */
export async function issueCertificate(
  order: IssueOrder,
  issuer: Issuer,
  host: Host,
  signal?: AbortSignal,
): Promise<Issuance> {
  const { directory, name, wanted, replace } = order
  return lockedDirectory(directory, host, signal, async () => {
    await directory.assertPublishable({ replace })
    const obtained = await obtainCounted(issuer, wanted, host, signal)
    const record = certificateRecord(name, wanted, obtained, issuer)
    const files = await directory.publish({ ...certificateTexts(obtained), record }, { replace })
    await new Inventory(host.stateDirectory).update(await directory.realPath(), (entry) => entry)
    const nextRenewalAt = renewalTime(obtained.leaf)
    host.metrics.setCertificate(name, obtained.leaf.notAfter, nextRenewalAt)
    return {
      certificate: obtained.leaf,
      files,
      nextRenewalAt,
      warnings: [...obtained.warnings, ...clockWarnings(obtained.leaf, host)],
    }
  })
}

/** A leaf that begins in this host's future, or has ended in its past, fails here whatever the issuer thinks. */
function clockWarnings(leaf: Certificate, { clock }: Host): readonly string[] {
  const now = clock.now()
  if (now < leaf.notBefore)
    return [`by this host's clock the certificate is not valid yet; it begins ${formatTime(leaf.notBefore)}`]
  const isOver = !Duration.between(now, leaf.notAfter).isPositive
  return isOver ? [`by this host's clock the certificate has already expired, ${formatTime(leaf.notAfter)}`] : []
}
