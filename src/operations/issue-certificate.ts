import { Duration } from '../core/duration.ts'
import { formatTime } from '../core/time.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { PublishedFiles } from '../files/certificate-set.ts'
import type { Outputs } from '../files/inventory-entry.ts'
import type { Certificate } from '../pki/certificate.ts'
import { certificateRecord, certificateTexts } from './certificate-set.ts'
import { lockedDirectory } from './locked-directory.ts'
import type { Host } from './host.ts'
import type { Issuer } from './issuer.ts'
import type { WantedCertificate } from './obtain-certificate.ts'
import { obtainCounted } from './obtain-counted.ts'
import { Publishing } from './publishing.ts'
import { renewalTime } from './renewal-due.ts'

export interface IssueOrder {
  readonly name: string
  readonly wanted: WantedCertificate
  readonly directory: CertificateDirectory
  /** Whether what is there may be replaced. */
  readonly replace: boolean
  /** What is published beside the directory, and modes. */
  readonly outputs: Outputs
}

export interface Issuance {
  readonly certificate: Certificate
  readonly files: PublishedFiles
  readonly outputs: Outputs | undefined
  /** Absolute paths of what shows something else than before. */
  readonly written: readonly string[]
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
  const { directory, name, wanted, replace, outputs } = order
  return lockedDirectory(directory, host, signal, async () => {
    await directory.assertPublishable({ replace })
    const hasKey = wanted.key.origin !== 'csr'
    const publishing = await Publishing.open({ directory, outputs, keepOutputs: false, replace, hasKey }, host)
    const obtained = await obtainCounted(issuer, wanted, host, signal)
    const record = certificateRecord(name, wanted, obtained, issuer)
    const published = await publishing.publish({ ...certificateTexts(obtained), record }, { replace })
    const nextRenewalAt = renewalTime(obtained.leaf)
    host.metrics.setCertificate(name, obtained.leaf.notAfter, nextRenewalAt)
    return {
      certificate: obtained.leaf,
      files: published.files,
      outputs: published.outputs,
      written: published.written,
      nextRenewalAt,
      warnings: [...obtained.warnings, ...published.warnings, ...clockWarnings(obtained.leaf, host)],
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
