import { join } from 'node:path'
import { FileError } from '../core/errors.ts'
import { formatTime } from '../core/time.ts'
import type { CertificateDirectory, MoreToPublish, Published } from '../files/certificate-directory.ts'
import type { CertificateSet } from '../files/certificate-set.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry, Outputs } from '../files/inventory-entry.ts'
import { withLocks } from '../files/lock.ts'
import type { PublishedSet } from '../files/published-set.ts'
import { realTargets } from '../files/real-target.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import type { Rollback } from '../files/rollback.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { closedWarning } from './closed-directory.ts'
import { foreignWarning, isFromAnotherIssuer, superseding, unsuperseding } from './deployment/superseded.ts'
import { deployState, hasDeploymentWork, owing, succeeding } from './deployment/owed.ts'
import { endToKeep } from './due/certificate-end.ts'
import { planOnHost } from './due/host-plan.ts'
import type { RenewalPlan } from './due/renewal-plan.ts'
import { endlessRenewal, type RenewBefore } from './renewal-due.ts'
import type { Host } from './host.ts'
import type { PreparedOutputs } from './outputs/prepare-outputs.ts'
import { without } from './entry-keys.ts'
import { pathsOf } from './outputs/told-outputs.ts'
import { publishingTerms, withTerms, type PublishingTerms, type ToldTerms } from './publishing-terms.ts'
import type { VersionBefore } from './version-before.ts'

export interface PublishingOrder extends ToldTerms {
  readonly directory: CertificateDirectory
  /** For this run. */
  readonly renewBefore?: RenewBefore | undefined
  /** Whether what was told before stays where nothing else is told now. */
  readonly keepOutputs: boolean
  /** Whether files may be replaced that certctl did not write. */
  readonly replace: boolean
  /** Whether the key is on this host. */
  readonly hasKey: boolean
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
  readonly #terms: PublishingTerms
  readonly #prepared: PreparedOutputs | undefined

  private constructor(order: PublishingOrder, host: Host, { inventory, realPath, terms, prepared }: Opened) {
    this.#order = order
    this.#host = host
    this.#inventory = inventory
    this.#realPath = realPath
    this.#terms = terms
    this.#prepared = prepared
  }

  /** UsageError, ConfigError or FileError for what can't be published, before an issuer is asked. */
  static async open(order: PublishingOrder, host: Host): Promise<Publishing> {
    const realPath = await order.directory.realPath()
    const inventory = new Inventory(host.stateDirectory)
    const before = inventory.read(realPath)
    const terms = await publishingTerms(before, order, { keepsUntold: order.keepOutputs })
    const { outputs, adopted } = terms
    if (outputs === undefined) return new Publishing(order, host, { inventory, realPath, terms })
    const { prepareOutputs } = await import('./outputs/prepare-outputs.ts')
    const { replace, hasKey } = order
    const known = pathsOf(before?.outputs)
    const asked = { directory: realPath, outputs, known, adopted, replace, hasKey }
    const prepared = await prepareOutputs(asked, inventory)
    return new Publishing(order, host, { inventory, realPath, terms, prepared })
  }

  /** Publishes a new certificate in the place of what is there. */
  async publish(set: CertificateSet, { replace }: { readonly replace: boolean }): Promise<PublishedCertificate> {
    const before = this.#terms.deployment?.revokePrevious === true ? await this.#liveSet() : undefined
    const isForeign = before !== undefined && isFromAnotherIssuer(before, set)
    const superseded = isForeign ? undefined : before
    const more = await this.#more(set, (entry) => superseding(succeeding(entry), superseded))
    const published = await this.#publish(set, replace, more)
    const foreign = isForeign ? [foreignWarning(before)] : []
    return { ...published, warnings: [...published.warnings, ...foreign, ...this.#endless(set)] }
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
      set.record.adopted === true && this.#terms.adopted?.files.includes(path) === true
    return this.#publish(set, true, { ...more, plainFiles: more.plainFiles.filter(({ path }) => !isSpared(path)) })
  }

  /** Keeps what another tool has published, as it is now; beside the directory nothing is written, and no hook is owed. */
  async adopt(set: CertificateSet): Promise<PublishedCertificate> {
    const { journal } = await this.#more(set, (entry) => entry)
    const { adopted } = this.#terms
    const remember = (rollback: Rollback): Promise<void> =>
      this.#remember(set, (entry) => ({ ...entry, adopted }), undefined, rollback)
    return this.#publish(set, true, { journal, plainFiles: [], remember })
  }

  /** Publishes what was before the live one, whose serial is given, in its place: for those who may read it now. */
  async goBack({ version, set, certificate }: VersionBefore, serial: string): Promise<PublishedCertificate> {
    const undone = { serial, at: formatTime(this.#host.clock.now()) }
    const more = await this.#more(set, (entry) => unsuperseding({ ...entry, undone }, certificate.serial))
    const access = this.#prepared?.access ?? {}
    return this.#told(set, await this.#order.directory.goBack(version, set, { access, more }))
  }

  async #publish(set: CertificateSet, replace: boolean, more: MoreToPublish): Promise<PublishedCertificate> {
    const { directory, outputs } = this.#order
    const access = this.#prepared?.access ?? {}
    const publish = async (): Promise<PublishedCertificate> =>
      this.#told(set, await directory.publish(set, { replace, access, more }))
    const published = await this.#whileClaiming(publish)
    const closed = this.#terms.adopted ? undefined : await closedWarning(directory, outputs, access)
    return closed === undefined ? published : { ...published, warnings: [...published.warnings, closed] }
  }

  /**
   * A path comes to a certificate, or goes, while nobody else can claim it: until it is known whose it is. Not while the
   * issuer is asked; so what was free before is looked at again.
   */
  async #whileClaiming<Result>(publish: () => Promise<Result>): Promise<Result> {
    const { stateDirectory, clock, warn } = this.#host
    const names = [...(this.#prepared?.claimed ?? []), ...(await realTargets(this.#terms.ended))]
    return withLocks(join(stateDirectory, 'locks'), names, { clock, warn }, async () => {
      await this.#prepared?.assertFree()
      return publish()
    })
  }

  async #more(set: CertificateSet, change: EntryChange, written?: InventoryEntry['digests']): Promise<MoreToPublish> {
    const { fingerprintSha256 } = parseCertificate(set.cert, 'the certificate')
    const { files = [], digests = {} } = (await this.#prepared?.plainFiles(set, written)) ?? {}
    return {
      journal: new PublishJournal(this.#host.stateDirectory, this.#realPath),
      plainFiles: files,
      remember: (rollback, isSeen) =>
        this.#remember(
          set,
          (entry) => (isSeen ? owing(change(entry), fingerprintSha256, this.#host.clock.now()) : change(entry)),
          Object.keys(digests).length === 0 ? undefined : digests,
          rollback,
        ),
    }
  }

  /** Before anything is shown: a run that is killed from here on has left word of what is owed. */
  async #remember(
    set: CertificateSet,
    change: EntryChange,
    digests: InventoryEntry['digests'],
    rollback: Rollback,
  ): Promise<void> {
    const before = this.#inventory.read(this.#realPath)
    rollback.add(() =>
      before === undefined
        ? this.#inventory.forget(this.#realPath)
        : this.#inventory.update(this.#realPath, () => before),
    )
    const kept = (entry: InventoryEntry): InventoryEntry =>
      withTerms({ ...without(entry, 'issuerEndsAt'), ...endToKeep(set) }, this.#terms, digests)
    await this.#inventory.update(this.#realPath, (entry) => change(kept(entry)))
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
    const { outputs, ended } = this.#terms
    const unwritten = ended.map((path) => `${path} is not written any more; remove it if nothing reads it`)
    const warnings = [...(this.#prepared?.warnings(set) ?? []), ...unwritten]
    const entry = this.#inventory.read(this.#realPath)
    return {
      ...published,
      outputs,
      deploy: deployState(entry),
      hasDeploymentWork: hasDeploymentWork(entry),
      nextRenewalAt: this.#plan(set, entry).nextRenewalAt,
      warnings,
    }
  }

  #endless(set: CertificateSet): readonly string[] {
    const { dueAt } = this.#plan(set, this.#inventory.read(this.#realPath))
    const leaf = parseCertificate(set.cert, 'the certificate')
    const warning = endlessRenewal(leaf, dueAt, this.#host.clock.now())
    return warning === undefined ? [] : [warning]
  }

  #plan(set: CertificateSet, entry: InventoryEntry | undefined): RenewalPlan {
    const { renewBefore } = this.#order
    const validity = parseCertificate(set.cert, 'the certificate')
    const question = { directory: this.#realPath, entry, renewBefore, now: this.#host.clock.now() }
    return planOnHost(validity, question, this.#host)
  }
}

type EntryChange = (entry: InventoryEntry) => InventoryEntry

interface Opened {
  readonly inventory: Inventory
  readonly realPath: string
  readonly terms: PublishingTerms
  readonly prepared?: PreparedOutputs
}
