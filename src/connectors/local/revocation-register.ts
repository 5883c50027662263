import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import {
  type RevocationList,
  type RevokedEntry,
  parseRevocationList,
  signRevocationList,
} from '../../pki/revocation-list.ts'
import type { RevocationReason } from '../../pki/revocation-reasons.ts'
import type { SigningCa } from '../../pki/sign-certificate.ts'
import type { AuthorityStore } from './authority-store.ts'

/** Does the work while no other process or caller does work that was given to the same lock. */
export type Exclusively = <Result>(work: () => Promise<Result>) => Promise<Result>

const updatePeriod = Duration.ofDays(7)

/** A CA's first list. */
export function emptyRevocationList(ca: SigningCa, now: Date): Promise<string> {
  return signRevocationList(successor({ number: 0, revoked: [] }, now), ca)
}

/** What the embedded CA has revoked: its CRL is the only record. */
export class RevocationRegister {
  readonly #store: AuthorityStore
  readonly #clock: Clock
  readonly #exclusively: Exclusively

  constructor(store: AuthorityStore, clock: Clock, exclusively: Exclusively) {
    this.#store = store
    this.#clock = clock
    this.#exclusively = exclusively
  }

  /** The entry that counts: this one, or that of the first time. */
  async add(serial: string, reason: RevocationReason, ca: SigningCa): Promise<RevokedEntry> {
    return this.#exclusively(async () => {
      const list = await this.#read()
      const earlier = list.revoked.find((entry) => entry.serial === serial)
      if (earlier) return earlier
      const entry: RevokedEntry = { serial, revokedAt: wholeSeconds(this.#clock.now()), reason }
      await this.#write({ ...list, revoked: [...list.revoked, entry] }, ca)
      return entry
    })
  }

  /** Signs the list again in the second half of its time, so that it does not run out while the CA is in use. */
  async refreshWhenDue(ca: SigningCa): Promise<void> {
    if (!this.#isDue(await this.#read())) return
    await this.#exclusively(async () => {
      const list = await this.#read()
      if (this.#isDue(list)) await this.#write(list, ca)
    })
  }

  #isDue({ nextUpdate }: RevocationList): boolean {
    return updatePeriod.times(0.5).after(this.#clock.now()) >= nextUpdate
  }

  async #read(): Promise<RevocationList> {
    const text = await this.#store.readRevocationList()
    if (text !== undefined) return parseRevocationList(text, this.#store.revocationListPath)
    // The number of the list that was lost is unknown; the time in seconds is larger than any count of lists.
    const now = this.#clock.now()
    return { number: Math.floor(now.getTime() / 1000), thisUpdate: now, nextUpdate: now, revoked: [] }
  }

  async #write(list: RevocationList, ca: SigningCa): Promise<void> {
    await this.#store.writeRevocationList(await signRevocationList(successor(list, this.#clock.now()), ca))
  }
}

function successor({ number, revoked }: Pick<RevocationList, 'number' | 'revoked'>, now: Date): RevocationList {
  return { number: number + 1, revoked, thisUpdate: now, nextUpdate: updatePeriod.after(now) }
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}
