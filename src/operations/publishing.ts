import { formatTime } from '../core/time.ts'
import type { CertificateDirectory, MoreToPublish, Published } from '../files/certificate-directory.ts'
import type { CertificateSet } from '../files/certificate-set.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry, Outputs } from '../files/inventory-entry.ts'
import { PublishJournal } from '../files/plain/publish-journal.ts'
import type { Rollback } from '../files/rollback.ts'
import type { Host } from './host.ts'
import type { PreparedOutputs } from './outputs/prepare-outputs.ts'
import { mergeOutputs, pathsOf } from './outputs/told-outputs.ts'

export interface PublishingOrder {
  readonly directory: CertificateDirectory
  /** What was told of files beside the directory and of modes. */
  readonly outputs: Outputs
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
  readonly #prepared: PreparedOutputs | undefined
  readonly #ended: readonly string[]

  private constructor(order: PublishingOrder, host: Host, opened: Opened) {
    this.#order = order
    this.#host = host
    this.#inventory = opened.inventory
    this.#realPath = opened.realPath
    this.#outputs = opened.outputs
    this.#prepared = opened.prepared
    this.#ended = opened.ended
  }

  /** UsageError, ConfigError or FileError for what can't be published, before an issuer is asked. */
  static async open(order: PublishingOrder, host: Host): Promise<Publishing> {
    const realPath = await order.directory.realPath()
    const inventory = new Inventory(host.stateDirectory)
    const before = inventory.read(realPath)?.outputs
    const outputs = mergeOutputs(order.keepOutputs ? before : undefined, order.outputs)
    const known = pathsOf(before)
    const ended = known.filter((path) => !pathsOf(outputs).includes(path))
    if (outputs === undefined) return new Publishing(order, host, { inventory, realPath, outputs, ended })
    const { prepareOutputs } = await import('./outputs/prepare-outputs.ts')
    const prepared = await prepareOutputs({ ...order, directory: realPath, outputs, known }, inventory)
    return new Publishing(order, host, { inventory, realPath, outputs, prepared, ended })
  }

  /** Publishes a new certificate in the place of what is there. */
  async publish(set: CertificateSet, { replace }: { readonly replace: boolean }): Promise<PublishedCertificate> {
    return this.#publish(set, replace, (entry) => without(entry, 'undone'))
  }

  /** Publishes what is live once more, as the outputs have it now; what is there already is not written again. */
  async publishAgain(set: CertificateSet): Promise<PublishedCertificate> {
    return this.#publish(set, true, (entry) => entry)
  }

  /** Publishes the set before the live one, whose serial is given, in its place. */
  async goBack(set: CertificateSet, serial: string): Promise<PublishedCertificate> {
    const undone = { serial, at: formatTime(this.#host.clock.now()) }
    const more = await this.#more(set, (entry) => ({ ...entry, undone }))
    return this.#told(set, await this.#order.directory.goBack(more))
  }

  async #publish(
    set: CertificateSet,
    replace: boolean,
    change: (entry: InventoryEntry) => InventoryEntry,
  ): Promise<PublishedCertificate> {
    const more = await this.#more(set, change)
    const access = this.#prepared?.access ?? {}
    return this.#told(set, await this.#order.directory.publish(set, { replace, access, more }))
  }

  async #more(set: CertificateSet, change: (entry: InventoryEntry) => InventoryEntry): Promise<MoreToPublish> {
    return {
      journal: new PublishJournal(this.#host.stateDirectory, this.#realPath),
      plainFiles: (await this.#prepared?.plainFiles(set)) ?? [],
      remember: (rollback) => this.#remember(change, rollback),
    }
  }

  async #remember(change: (entry: InventoryEntry) => InventoryEntry, rollback: Rollback): Promise<void> {
    const before = this.#inventory.read(this.#realPath)
    rollback.add(() =>
      before === undefined
        ? this.#inventory.forget(this.#realPath)
        : this.#inventory.update(this.#realPath, () => before),
    )
    const outputs = this.#outputs
    await this.#inventory.update(this.#realPath, (entry) => {
      const changed = change(entry)
      return outputs === undefined ? without(changed, 'outputs') : { ...changed, outputs }
    })
  }

  #told(set: CertificateSet, published: Published): PublishedCertificate {
    const ended = this.#ended.map((path) => `${path} is not written any more; remove it if nothing reads it`)
    const warnings = [...(this.#prepared?.warnings(set) ?? []), ...ended]
    return { ...published, outputs: this.#outputs, warnings }
  }
}

function without(entry: InventoryEntry, key: 'outputs' | 'undone'): InventoryEntry {
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== key)) as InventoryEntry
}

interface Opened {
  readonly inventory: Inventory
  readonly realPath: string
  readonly outputs: Outputs | undefined
  readonly prepared?: PreparedOutputs
  readonly ended: readonly string[]
}
