import { errorMessage } from '../../core/errors.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { SupersededCertificate } from '../../files/deployment-entry.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import { Certificate } from '../../pki/certificate.ts'
import { without } from '../entry-keys.ts'
import type { Host } from '../host.ts'
import type { Issuer } from '../issuer.ts'
import { withRevoked } from '../revoked.ts'
import { changeEntry, lookAtUndeployed, type Undeployed } from './deployable.ts'

export type IssuerFor = (record: CertificateRecord) => Promise<Issuer>

export interface Revocations {
  readonly revoked: readonly string[]
  readonly warnings: readonly string[]
}

/** Revokes what the deployed certificate has taken the place of. One that can't be revoked now is tried again by later runs. */
export async function revokeSuperseded(
  { place }: Undeployed,
  issuerFor: IssuerFor,
  host: Host,
  signal: AbortSignal,
): Promise<Revocations> {
  const now = await lookAtUndeployed(place, host)
  const superseded = now?.entry.superseded ?? []
  if (now === undefined || superseded.length === 0) return { revoked: [], warnings: [] }
  const ended: string[] = []
  const revoked: string[] = []
  const warnings: string[] = []
  for (const one of superseded) {
    try {
      if (await revoke(one, now, issuerFor, host, signal)) revoked.push(one.serial)
      ended.push(one.serial)
    } catch (error) {
      warnings.push(`${one.serial} is not revoked yet: ${errorMessage(error)}`)
    }
  }
  await changeEntry(place, host, (entry) => afterRevocation(entry, ended, revoked))
  return { revoked, warnings }
}

/** False for one that needs none: it has expired. */
async function revoke(
  { serial, certificate: pem, issuer }: SupersededCertificate,
  { published }: Undeployed,
  issuerFor: IssuerFor,
  { clock }: Host,
  signal: AbortSignal,
): Promise<boolean> {
  const certificate = Certificate.parse(pem)
  if (certificate && certificate.notAfter <= clock.now()) return false
  const { connector } = await issuerFor({ ...published.record, issuer })
  await connector.revoke({ serial, certificate, reason: undefined }, signal)
  return true
}

function afterRevocation(entry: InventoryEntry, ended: readonly string[], revoked: readonly string[]): InventoryEntry {
  const left = (entry.superseded ?? []).filter(({ serial }) => !ended.includes(serial))
  const changed = withRevoked(entry, revoked)
  return left.length === 0 ? without(changed, 'superseded') : { ...changed, superseded: left }
}
