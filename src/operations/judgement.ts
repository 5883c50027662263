import { join } from 'node:path'
import type { Damage } from '../files/damage.ts'
import { wholeSetOf, type Glance } from '../files/glance.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry } from '../files/inventory-entry.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import { adoptedDefect, adoptedInPlace } from './adopt/in-place.ts'
import { defectOf, type Defect } from './defect.ts'
import { planOnHost, type HostPlan } from './due/host-plan.ts'
import type { Host } from './host.ts'
import { damagedOutputs } from './outputs/damaged-outputs.ts'
import { brokenChain, publishedChain } from './published-chain.ts'
import type { RenewBefore } from './renewal-due.ts'

/** What this host makes of a certificate. */
export interface Judgement {
  /** What it keeps of it beyond the directory. */
  readonly entry: InventoryEntry | undefined
  /** What is served: until the first renewal of one that was taken over, what the other tool has put in its place. */
  readonly certificate: Certificate
  readonly defect: Defect | undefined
  /** The issuers that belong to it, in PEM, also where a file holds something else. */
  readonly chain: string
  /** What is to be mended; what is of no use is not worth that. */
  readonly damage: readonly Damage[]
  readonly plan: HostPlan
}

export interface JudgementQuestion {
  /** As the operator named it. */
  readonly directory: string
  /** Told for this run. */
  readonly renewBefore: RenewBefore | undefined
  readonly now: Date
}

/** Synchronous, like the glance: `status` asks it of ten thousand. FileError, and UsageError for kept rules that make no sense. */
export function judgeCertificate(
  glance: Glance,
  { directory, renewBefore, now }: JudgementQuestion,
  host: Pick<Host, 'stateDirectory' | 'jitterOf'>,
): Judgement {
  const { record, directory: realPath } = glance
  const entry = new Inventory(host.stateDirectory).read(realPath)
  const kept = parseCertificate(glance.cert, `the certificate in ${directory}`)
  const inPlace = adoptedInPlace(record, entry)
  const certificate = inPlace ?? kept
  const told = publishedChain(glance)
  const defect =
    defectOf(glance, entry, directory, inPlace) ?? adoptedDefect(record, entry) ?? (told ? undefined : brokenChain)
  const isUseless = defect !== undefined
  const { chain, changed } = told ?? { chain: glance.chain, changed: [] }
  const damage = isUseless
    ? []
    : [...shownDamage(glance, directory, changed), ...damagedOutputs(() => wholeSetOf({ ...glance, chain }), entry)]
  const plan = planOnHost(certificate, { directory: realPath, entry, renewBefore, isUseless, now }, host)
  return { entry, certificate, defect, chain, damage, plan }
}

/** Of the directory's own files; where something is in the place of a link, what that would lead to is not told as well. */
function shownDamage(glance: Glance, directory: string, changed: readonly string[]): readonly Damage[] {
  const inside = changed.map((name): Damage => ({ path: join(directory, name), harm: 'changed' }))
  return [...glance.damage, ...inside.filter(({ path }) => !glance.damage.some((one) => one.path === path))]
}
