import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatTime } from '../../core/time.ts'
import { pathsOf } from '../outputs/told-outputs.ts'
import { knownKeyType } from './adopted-set.ts'
import { otherTool } from './other-tools.ts'
import type { Pair } from './pair-up.ts'

/** What the operator should know of a certificate that is taken over, in words. */
export async function adoptionWarnings(pair: Pair, now: Date): Promise<readonly string[]> {
  const { leaf, chain } = pair
  const [first] = leaf.otherNames
  const all = [
    await otherTool(pair),
    await linkRemark(pathsOf(pair.files)),
    leaf.notAfter <= now ? `it has expired, ${formatTime(leaf.notAfter)}: the next renew replaces it` : undefined,
    chain.length === 0 && pair.root === undefined && !leaf.isSelfSigned
      ? 'its issuers are not among the files; from the first renewal on those of the new certificate are'
      : undefined,
    knownKeyType(leaf) === null ? `certctl makes no keys of type ${leaf.keyType}; its successor gets ec256` : undefined,
    first === undefined ? undefined : `its alternative names of the kind ${first} are not carried over`,
    await openKeyRemark(pair),
  ]
  return all.filter((text) => text !== undefined)
}

async function linkRemark(paths: readonly string[]): Promise<string | undefined> {
  const targets = new Set<string>()
  for (const path of paths) if ((await lstat(path)).isSymbolicLink()) targets.add(dirname(await realpath(path)))
  if (targets.size === 0) return undefined
  return `the first renewal puts files in the place of the links to ${[...targets].join(', ')}, and leaves what is there`
}

async function openKeyRemark({ files }: Pair): Promise<string | undefined> {
  const path = files.keyFile ?? files.combinedFile
  if (path === undefined || ((await stat(path)).mode & 0o004) === 0) return undefined
  return `everybody on this host can read the key in ${path}, and in its successors too; --key-mode 0600 ends that`
}
