import { FileError } from '../core/errors.ts'
import { formatTime } from '../core/time.ts'
import type { CertificateDirectory, MoreToPublish, Published } from '../files/certificate-directory.ts'
import type { CertificateSet } from '../files/certificate-set.ts'
import type { Deployment } from '../files/deployment-entry.ts'
import { Inventory } from '../files/inventory.ts'
import type { Adopted, InventoryEntry, Outputs } from '../files/inventory-entry.ts'
import type { PublishedSet } from '../files/published-set.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import type { Rollback } from '../files/rollback.ts'
import type { Schedule } from '../files/schedule-entry.ts'
import { parseCertificate, parseCertificates } from '../pki/certificate.ts'
import { superseding, unsuperseding } from './deployment/superseded.ts'
import { deployState, hasDeploymentWork, owing, succeeding } from './deployment/owed.ts'
import { assertCoherentDeployment, mergeDeployment } from './deployment/told-deployment.ts'
import { planRenewal } from './due/renewal-plan.ts'
import { renewalRules } from './due/renewal-rules.ts'
import { mergeSchedule } from './due/told-schedule.ts'
import { without } from './entry-keys.ts'
import type { RenewBefore } from './renewal-due.ts'
import type { Host } from './host.ts'
import type { PreparedOutputs } from './outputs/prepare-outputs.ts'
import { mergeOutputs, pathsOf } from './outputs/told-outputs.ts'

export interface PublishingOrder {
  readonly directory: CertificateDirectory
  /** What was told of files beside the directory and of modes. */
  readonly outputs: Outputs
  /** What was told of hooks and probes, and of the time of renewals. */
  readonly deployment?: Deployment | undefined
  readonly schedule?: Schedule | undefined
  /** Told for this run. */
  readonly renewBefore?: RenewBefore | undefined
  /** Whether what was told before stays where nothing else is told now. */
  readonly keepOutputs: boolean
  /** Whether files may be replaced that certctl did not write. */
  readonly replace: boolean
  /** Whether the key is on this host. */
  readonly hasKey: boolean
  /** Files of another tool that are to be taken over. */
  readonly adopted?: Adopted | undefined
}

export interface PublishedCertificate extends Published {
  /** What is published beside the directory. */
  readonly outputs: Outputs | undefined
  readonly deploy: 'none' | 'done' | 'pending'
  readonly hasDeploymentWork: boolean
  /** From when on a run renews it. */
  readonly nextRenewalAt: Date
  readonly warnings: readonly string[]
}

/**
 * The way of a certificate to all its files: those of the directory, those beside it, and this host's entry of it. Callers
 * hold the certificate's lock from before it is opened.
 */
export class Publishing {
  readonly #order: PublishingOrder
  readonly #host: Host
  readonly #inventory: Inventory
  readonly #realPath: string
  readonly #outputs: Outputs | undefined
  readonly #deployment: Deployment | undefined
  readonly #schedule: Schedule | undefined
  readonly #adopted: Adopted | undefined
  readonly #prepared: PreparedOutputs | undefined
  readonly #ended: readonly string[]

  private constructor(order: PublishingOrder, host: Host, opened: Opened) {
    this.#order = order
    this.#host = host
    this.#inventory = opened.inventory
    this.#realPath = opened.realPath
    this.#outputs = opened.outputs
    this.#deployment = opened.deployment
    this.#schedule = opened.schedule
    this.#adopted = opened.adopted
    this.#prepared = opened.prepared
    this.#ended = opened.ended
  }

  /** UsageError, ConfigError or FileError for what can't be published, before an issuer is asked. */
  static async open(order: PublishingOrder, host: Host): Promise<Publishing> {
    const realPath = await order.directory.realPath()
    const inventory = new Inventory(host.stateDirectory)
    const before = inventory.read(realPath)
    const kept = order.keepOutputs ? before : undefined
    const outputs = mergeOutputs(kept?.outputs, order.outputs)
    const deployment = mergeDeployment(kept?.deployment, order.deployment ?? {})
    assertCoherentDeployment(deployment)
    const schedule = mergeSchedule(kept?.schedule, order.schedule ?? {})
    const known = pathsOf(before?.outputs)
    const ended = known.filter((path) => !pathsOf(outputs).includes(path))
    const adopted = order.adopted ?? before?.adopted
    const opened = { inventory, realPath, outputs, deployment, schedule, adopted, ended }
    if (outputs === undefined) return new Publishing(order, host, opened)
    const { prepareOutputs } = await import('./outputs/prepare-outputs.ts')
    const prepared = await prepareOutputs({ ...order, directory: realPath, outputs, known, adopted }, inventory)
    return new Publishing(order, host, { ...opened, prepared })
  }

  /** Publishes a new certificate in the place of what is there. */
  async publish(set: CertificateSet, { replace }: { readonly replace: boolean }): Promise<PublishedCertificate> {
    const before = this.#deployment?.revokePrevious === true ? await this.#liveSet() : undefined
    const isForeign = before !== undefined && isFromAnotherIssuer(before, set)
    const superseded = isForeign ? undefined : before
    const more = await this.#more(set, (entry) => superseding(succeeding(entry), superseded))
    const published = await this.#publish(set, replace, more)
    return isForeign ? { ...published, warnings: [...published.warnings, notRevoked(before)] } : published
  }

  /**
   * Publishes what is live once more, as the outputs have it now; what is there already is not written again. Nor is what
   * would only be salted anew, unless something was told of it: there may be another password for it.
   */
  async publishAgain(set: CertificateSet): Promise<PublishedCertificate> {
    const { outputs, keepOutputs } = this.#order
    const isAsTold = keepOutputs && Object.keys(outputs).length === 0
    const written = isAsTold ? this.#inventory.read(this.#realPath)?.digests : undefined
    const more = await this.#more(set, (entry) => entry, written)
    // What another tool made stays as it is until there is a successor to put there.
    const isSpared = (path: string): boolean =>
      set.record.adopted === true && this.#adopted?.files.includes(path) === true
    return this.#publish(set, true, { ...more, plainFiles: more.plainFiles.filter(({ path }) => !isSpared(path)) })
  }

  /** Keeps what another tool has published, as it is now; beside the directory nothing is written, and no hook is owed. */
  async adopt(set: CertificateSet): Promise<PublishedCertificate> {
    const { journal } = await this.#more(set, (entry) => entry)
    const adopted = this.#adopted
    const remember = (rollback: Rollback): Promise<void> =>
      this.#remember((entry) => ({ ...entry, adopted }), undefined, rollback)
    return this.#publish(set, true, { journal, plainFiles: [], remember })
  }

  /** Publishes the set before the live one, whose serial is given, in its place. */
  async goBack(set: CertificateSet, serial: string): Promise<PublishedCertificate> {
    const undone = { serial, at: formatTime(this.#host.clock.now()) }
    const back = parseCertificate(set.cert, 'the version before').serial
    const more = await this.#more(set, (entry) => unsuperseding({ ...entry, undone }, back))
    return this.#told(set, await this.#order.directory.goBack(more))
  }

  async #publish(set: CertificateSet, replace: boolean, more: MoreToPublish): Promise<PublishedCertificate> {
    const access = this.#prepared?.access ?? {}
    return this.#told(set, await this.#order.directory.publish(set, { replace, access, more }))
  }

  async #more(set: CertificateSet, change: EntryChange, written?: InventoryEntry['digests']): Promise<MoreToPublish> {
    const { fingerprintSha256 } = parseCertificate(set.cert, 'the certificate')
    const { files = [], digests = {} } = (await this.#prepared?.plainFiles(set, written)) ?? {}
    return {
      journal: new PublishJournal(this.#host.stateDirectory, this.#realPath),
      plainFiles: files,
      remember: (rollback, isSeen) =>
        this.#remember(
          (entry) => (isSeen ? owing(change(entry), fingerprintSha256, this.#host.clock.now()) : change(entry)),
          Object.keys(digests).length === 0 ? undefined : digests,
          rollback,
        ),
    }
  }

  /** Before anything is shown: a run that is killed from here on has left word of what is owed. */
  async #remember(change: EntryChange, digests: InventoryEntry['digests'], rollback: Rollback): Promise<void> {
    const before = this.#inventory.read(this.#realPath)
    rollback.add(() =>
      before === undefined
        ? this.#inventory.forget(this.#realPath)
        : this.#inventory.update(this.#realPath, () => before),
    )
    const told = { outputs: this.#outputs, digests, deployment: this.#deployment, schedule: this.#schedule }
    await this.#inventory.update(this.#realPath, (entry) => {
      const rest = without(entry, 'outputs', 'digests', 'deployment', 'schedule')
      const known = Object.entries(told).filter(([, value]) => value !== undefined)
      return change({ ...rest, ...Object.fromEntries(known) })
    })
  }

  /** Undefined where nothing is published that could be read. */
  async #liveSet(): Promise<PublishedSet | undefined> {
    try {
      return await this.#order.directory.read()
    } catch (error) {
      if (error instanceof FileError) return undefined
      throw error
    }
  }

  #told(set: CertificateSet, published: Published): PublishedCertificate {
    const ended = this.#ended.map((path) => `${path} is not written any more; remove it if nothing reads it`)
    const warnings = [...(this.#prepared?.warnings(set) ?? []), ...ended]
    const entry = this.#inventory.read(this.#realPath)
    return {
      ...published,
      outputs: this.#outputs,
      deploy: deployState(entry),
      hasDeploymentWork: hasDeploymentWork(entry),
      nextRenewalAt: this.#nextRenewal(set, entry),
      warnings,
    }
  }

  #nextRenewal(set: CertificateSet, entry: InventoryEntry | undefined): Date {
    const { renewBefore } = this.#order
    const rules = renewalRules(entry, { renewBefore, jitter: this.#host.jitterOf(this.#realPath) })
    const validity = parseCertificate(set.cert, 'the certificate')
    return planRenewal(validity, rules, this.#host.clock.now()).nextRenewalAt
  }
}

/** Of what was taken over nobody knows who gave it, but for the signature: another issuer would refuse to revoke it. */
function isFromAnotherIssuer({ record, cert, files }: PublishedSet, { chain, ca = '' }: CertificateSet): boolean {
  if (record.adopted !== true) return false
  const leaf = parseCertificate(cert, files.cert)
  return !parseCertificates(chain + ca, 'the chain').some((issuer) => leaf.isIssuedBy(issuer))
}

function notRevoked({ cert, files }: PublishedSet): string {
  const { serial, issuer } = parseCertificate(cert, files.cert)
  return `${serial}, which was taken over, is not revoked: it is of another issuer, ${issuer}`
}

type EntryChange = (entry: InventoryEntry) => InventoryEntry

interface Opened {
  readonly inventory: Inventory
  readonly realPath: string
  readonly outputs: Outputs | undefined
  readonly deployment: Deployment | undefined
  readonly schedule: Schedule | undefined
  readonly adopted: Adopted | undefined
  readonly prepared?: PreparedOutputs
  readonly ended: readonly string[]
}
