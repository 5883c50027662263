import { Duration } from '../core/duration.ts'
import { formatTime } from '../core/time.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { PublishedFiles } from '../files/certificate-set.ts'
import type { Deployment } from '../files/deployment-entry.ts'
import type { Outputs } from '../files/inventory-entry.ts'
import type { Schedule } from '../files/schedule-entry.ts'
import type { Certificate } from '../pki/certificate.ts'
import { certificateRecord, certificateTexts } from './certificate-set.ts'
import { assertIssuable } from './issuable-directory.ts'
import { issuerEndWarning } from './due/issuer-end.ts'
import { lockedDirectory } from './locked-directory.ts'
import type { Host } from './host.ts'
import type { Issuer } from './issuer.ts'
import type { WantedCertificate } from './obtain-certificate.ts'
import { obtainCounted } from './obtain-counted.ts'
import { Publishing } from './publishing.ts'

export interface IssueOrder {
  readonly name: string
  readonly wanted: WantedCertificate
  readonly directory: CertificateDirectory
  /** Whether what is there may be replaced. */
  readonly replace: boolean
  /** What is published beside the directory, and modes. */
  readonly outputs: Outputs
  /** Hooks and probes, and when it is to be renewed. */
  readonly deployment?: Deployment | undefined
  readonly schedule?: Schedule | undefined
}

export interface Issuance {
  readonly certificate: Certificate
  readonly files: PublishedFiles
  readonly outputs: Outputs | undefined
  /** Absolute paths of what shows something else than before. */
  readonly written: readonly string[]
  readonly nextRenewalAt: Date
  readonly deploy: 'none' | 'done' | 'pending'
  /** Whether something is published that is not in use yet, or waits to be revoked. */
  readonly hasDeploymentWork: boolean
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
    await assertIssuable(order, host.stateDirectory)
    const hasKey = wanted.key.origin !== 'csr'
    const publishing = await Publishing.open({ ...order, keepOutputs: false, hasKey }, host)
    const obtained = await obtainCounted(issuer, wanted, host, signal)
    const record = certificateRecord(name, wanted, obtained, issuer)
    const published = await publishing.publish({ ...certificateTexts(obtained), record }, { replace })
    host.metrics.setCertificate(name, obtained.leaf.notAfter, published.nextRenewalAt)
    const ending = issuerEndWarning(obtained)
    return {
      ...published,
      certificate: obtained.leaf,
      warnings: [
        ...obtained.warnings,
        ...published.warnings,
        ...clockWarnings(obtained.leaf, host),
        ...(ending === undefined ? [] : [ending]),
      ],
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
