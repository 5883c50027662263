import type { TextFamilies, TextFamily } from './text-families.ts'

/** Who writes a file: a loop that goes on, or a run that ends and of which others may have written there before. */
export type Writer =
  | { readonly kind: 'loop' }
  /** A complete run has told of every certificate that there is. */
  | { readonly kind: 'run'; readonly isComplete: boolean }

const ofTokens = /^certctl_(?:vault_token_|build_info$)/
const ofCertificates = /^certctl_certificate_/
/** Of which a run tells but its own part: its certificates, its command. */
const shared = /^certctl_(?:certificate|last)_/

/**
 * What is told now, and what stays of what the file held: certificates and commands of which nothing was told, and
 * families of which nothing was told. So a failed run leaves the last success as it was.
 */
export function carryOver(told: TextFamilies, held: TextFamilies, writer: Writer): TextFamilies {
  const families = new Map(told)
  for (const family of held.values()) {
    const { name } = family
    const now = told.get(name)
    if (!stays(name, now !== undefined, writer) || (now && now.type !== family.type)) continue
    families.set(name, now ? withOthersOf(now, family) : family)
  }
  return families
}

/** Of what `certctl` does not know, nothing stays. */
function stays(name: string, isTold: boolean, writer: Writer): boolean {
  if (!name.startsWith('certctl_')) return false
  if (ofTokens.test(name)) return writer.kind === 'run' && !isTold
  if (ofCertificates.test(name) && writer.kind === 'run' && writer.isComplete) return false
  return shared.test(name) || !isTold
}

function withOthersOf(now: TextFamily, before: TextFamily): TextFamily {
  const told = new Set(now.samples.map(({ series }) => series))
  return { ...now, samples: [...now.samples, ...before.samples.filter(({ series }) => !told.has(series))] }
}

export interface Sibling {
  readonly path: string
  readonly families: TextFamilies
}

export interface LeftOut {
  /** The file that has them. */
  readonly path: string
  readonly series: readonly string[]
}

/**
 * What node_exporter can take beside the other files of its directory: it rejects a series that two files hold, and a
 * family whose HELP or TYPE differs between two. A series stays with the file that had it first; a HELP text is taken
 * from there, and of a family whose type differs nothing is written.
 */
export function besideSiblings(
  own: TextFamilies,
  siblings: readonly Sibling[],
): { readonly families: TextFamilies; readonly leftOut: readonly LeftOut[] } {
  const families = new Map(own)
  const leftOut: LeftOut[] = []
  for (const { path, families: theirs } of siblings) {
    const series: string[] = []
    for (const family of families.values()) {
      const their = theirs.get(family.name)
      if (!their || their.samples.length === 0) continue
      const taken = new Set(their.samples.map((one) => one.series))
      const isTaken = (one: { readonly series: string }): boolean => their.type !== family.type || taken.has(one.series)
      series.push(...family.samples.filter(isTaken).map((one) => one.series))
      const samples = family.samples.filter((one) => !isTaken(one))
      families.set(family.name, { ...family, help: their.help ?? family.help, samples })
    }
    if (series.length > 0) leftOut.push({ path, series })
  }
  return { families, leftOut }
}
