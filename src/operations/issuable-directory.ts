import { join } from 'node:path'
import { FileError } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import { stableNames } from '../files/certificate-set.ts'
import { Inventory } from '../files/inventory.ts'
import { realTargets } from '../files/real-target.ts'
import { shellWord } from '../files/shell-word.ts'
import { pathsOf } from './outputs/told-outputs.ts'

/** FileError for a directory in which no first certificate can be published. */
export async function assertIssuable(
  { directory, replace }: { readonly directory: CertificateDirectory; readonly replace: boolean },
  stateDirectory: string,
): Promise<void> {
  await directory.assertPublishable({ replace })
  if (replace) await assertNobodyElses(directory, stateDirectory)
}

/** Where files would be replaced that are written for another certificate, each renewal would undo the other's. */
async function assertNobodyElses(directory: CertificateDirectory, stateDirectory: string): Promise<void> {
  if ((await directory.state()) !== 'foreign') return
  const realPath = await directory.realPath()
  const paths = stableNames.map((name) => join(realPath, name))
  const inventory = new Inventory(stateDirectory)
  for (const [other, { outputs }] of (await inventory.list()).entries) {
    if (other === realPath) continue
    const path = (await realTargets(pathsOf(outputs))).find((one) => paths.includes(one))
    if (path === undefined || inventory.isGone(other)) continue
    throw new FileError(`${path} is written for the certificate in ${other}`, {
      code: 'taken',
      hint: `renew that one: certctl renew ${shellWord(other)}; or name another directory with --out`,
      facts: { path, directory: other },
    })
  }
}
