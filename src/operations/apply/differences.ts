import { isDeepStrictEqual } from 'node:util'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { InventoryEntry } from '../../files/inventory-entry.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { sameSan, type San } from '../../pki/names.ts'
import { mergeDeployment } from '../deployment/told-deployment.ts'
import { mergeSchedule } from '../due/told-schedule.ts'
import type { KeySource } from '../obtain-certificate.ts'
import { mergeOutputs } from '../outputs/told-outputs.ts'
import type { ApplyOrder, ToldIssuer } from './apply-order.ts'

/** In what a certificate was asked for otherwise than it is now, in words: only another certificate can end that. */
export function certificateDifferences(
  { issue: { name, wanted }, told, isTtlAmbient }: ApplyOrder,
  record: CertificateRecord,
  certificate: Certificate,
): readonly string[] {
  const ttl = wanted.ttl?.seconds ?? null
  return [
    ...(name === record.name && sameNames(wanted.sans, record.sans) ? [] : ['names']),
    ...(isTtlAmbient || ttl === record.ttlSeconds ? [] : ['ttl']),
    ...keyDifferences(wanted.key, record, certificate),
    ...Object.entries(told).flatMap(([part, value]) =>
      value === record.issuer[part as keyof ToldIssuer] ? [] : [part === 'kind' ? 'issuer' : part],
    ),
  ]
}

/** In what this host does otherwise with it than it is told now. */
export function entryDifferences(
  { issue: { outputs, deployment, schedule } }: ApplyOrder,
  entry: InventoryEntry | undefined,
): readonly string[] {
  return [
    ...differingKeys(entry?.outputs, mergeOutputs(undefined, outputs)),
    ...differingKeys(entry?.deployment, mergeDeployment(undefined, deployment ?? {})),
    ...differingKeys(entry?.schedule, mergeSchedule(undefined, schedule ?? {})),
  ]
}

function sameNames(some: readonly San[], others: readonly San[]): boolean {
  const within = (these: readonly San[], those: readonly San[]): boolean =>
    these.every((one) => those.some((other) => sameSan(one, other)))
  return within(some, others) && within(others, some)
}

/** A kind of key that was not told may be what a role demanded. */
function keyDifferences(key: KeySource, record: CertificateRecord, certificate: Certificate): readonly string[] {
  if (key.origin !== record.keyOrigin) return ['key']
  switch (key.origin) {
    case 'csr':
      return key.csr.pem === record.csr ? [] : ['csr']
    case 'file':
      return key.key.isFor(certificate) ? [] : ['key']
    case 'generated':
    case 'issuer':
      return key.keyType === undefined || key.keyType === record.keyType ? [] : ['keyType']
  }
}

function differingKeys(kept: object = {}, told: object = {}): readonly string[] {
  const [before, after] = [new Map(Object.entries(kept)), new Map(Object.entries(told))]
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => !isDeepStrictEqual(before.get(key), after.get(key)),
  )
}
