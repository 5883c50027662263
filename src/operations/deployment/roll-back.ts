import { CertctlError, FileError } from '../../core/errors.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import type { Host } from '../host.ts'
import { lockedDirectory } from '../locked-directory.ts'
import { Publishing } from '../publishing.ts'
import { versionBefore } from '../version-before.ts'
import { lookAtUndeployed, type Undeployed } from './deployable.ts'

/**
 * Publishes what was in use last, or else the certificate before, in the place of one that does not get into use, and
 * returns it. FileError when there is none that could be gone back to; then the new one stays.
 */
export async function rollBack(undeployed: Undeployed, host: Host): Promise<Undeployed> {
  const { place, certificate, entry } = undeployed
  await lockedDirectory(place, host, undefined, async () => {
    if (entry.undone !== undefined) throw noWayBack('it is what was gone back to')
    if (entry.deployed?.fingerprint === certificate.fingerprintSha256) throw noWayBack('it was in use before')
    const live = await place.read()
    if (!parseCertificate(live.cert, live.files.cert).equals(certificate)) throw noWayBack('another run has published')
    const before = await versionBefore(place, { live: certificate, lastInUse: entry.deployed?.fingerprint }, host)
    const { set } = before
    const order = { directory: place, outputs: {}, keepOutputs: true, replace: false, hasKey: set.key !== undefined }
    const { nextRenewalAt } = await (await Publishing.open(order, host)).goBack(before, certificate.serial)
    host.metrics.setCertificate(set.record.name, before.certificate.notAfter, nextRenewalAt)
  })
  const back = await lookAtUndeployed(place, host)
  if (back === undefined) throw noWayBack('its entry is gone')
  return back
}

/** Why the new version was left in place. */
export function noWayBackReason(error: unknown): string {
  if (!(error instanceof CertctlError)) throw error
  return error.code === 'nothing-to-undo' ? 'there is no version before it' : error.message
}

function noWayBack(why: string): FileError {
  return new FileError(why, { code: 'no-way-back' })
}
