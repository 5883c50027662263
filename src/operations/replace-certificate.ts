import { Duration } from '../core/duration.ts'
import { FileError } from '../core/errors.ts'
import type { PublishedSet } from '../files/published-set.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { Csr } from '../pki/csr.ts'
import { parsePrivateKey } from '../pki/private-key.ts'
import { certificateRecord, certificateTexts } from './certificate-set.ts'
import type { Host } from './host.ts'
import type { KeySource, WantedCertificate } from './obtain-certificate.ts'
import { obtainCounted } from './obtain-counted.ts'
import { commonNameFor } from './plan-issue.ts'
import { Publishing } from './publishing.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'
import { endlessRenewal, renewalTime } from './renewal-due.ts'

/** Issues the successor and publishes it in the place of what is there. */
export async function replaceCertificate(
  order: RenewalOrder,
  judged: Judged,
  host: Host,
  signal?: AbortSignal,
): Promise<Renewal> {
  const { directory, issuerFor, renewBefore, outputs, force } = order
  const { record } = judged.published
  await directory.assertPublishable({ replace: true })
  const wanted = await successor(order, judged)
  const hasKey = wanted.key.origin !== 'csr'
  const publishing = await Publishing.open({ directory, outputs, keepOutputs: true, replace: force, hasKey }, host)
  const issuer = await issuerFor(record)
  const obtained = await obtainCounted(issuer, wanted, host, signal)
  const recorded = certificateRecord(record.name, wanted, obtained, issuer)
  // A key that is used once more stays what it was: the next renewal makes a new one where this one would have.
  const keyOrigin = wanted.key.origin === 'file' ? record.keyOrigin : recorded.keyOrigin
  const successorRecord = { ...record, ...recorded, keyOrigin }
  const set = { ...certificateTexts(obtained), record: successorRecord }
  const published = await publishing.publish(set, { replace: true })
  const endless = endlessRenewal(obtained.leaf, host.clock.now(), renewBefore)
  return {
    ...judged,
    action: 'renewed',
    certificate: obtained.leaf,
    files: published.files,
    outputs: published.outputs,
    written: published.written,
    nextRenewalAt: renewalTime(obtained.leaf, renewBefore),
    warnings: [...obtained.warnings, ...published.warnings, ...(endless === undefined ? [] : [endless])],
  }
}

async function successor(order: RenewalOrder, { published }: Judged): Promise<WantedCertificate> {
  const { record } = published
  const ttl = order.ttl ?? (record.ttlSeconds === null ? undefined : Duration.ofSeconds(record.ttlSeconds))
  const key = await successorKey(order, published)
  const commonName = key.origin === 'csr' ? key.csr.commonName : commonNameFor(record.name)
  return { commonName, sans: record.sans, ttl, key }
}

async function successorKey(
  { directory, keyPolicy, keyType }: RenewalOrder,
  published: PublishedSet,
): Promise<KeySource> {
  const { record, files } = published
  if (record.keyOrigin === 'csr')
    return {
      origin: 'csr',
      csr: await requestAgain(record, keyPolicy === 'rekey' || keyType !== undefined, directory.path),
    }
  const reuse =
    keyPolicy === 'reuse' || (keyPolicy === undefined && keyType === undefined && record.keyOrigin === 'file')
  if (reuse) {
    const pem = await directory.readKey()
    if (!pem)
      throw new FileError(`${directory.path} holds no key that could be used again`, { hint: 'leave out --reuse-key' })
    const name = files.key ?? directory.path
    return { origin: 'file', key: parsePrivateKey(pem.reveal(), name) }
  }
  const chosen = keyType ?? record.keyType ?? undefined
  return { origin: record.keyOrigin === 'issuer' ? 'issuer' : 'generated', keyType: chosen }
}

async function requestAgain({ csr }: CertificateRecord, wantsNewKey: boolean, path: string): Promise<Csr> {
  if (csr === null) {
    throw new FileError(`${path} was issued for a CSR that is not recorded`, {
      hint: 'issue anew with: certctl issue --csr FILE --force',
    })
  }
  if (wantsNewKey) {
    throw new FileError(`${path} was issued for a CSR: its key is not here to be replaced`, {
      hint: 'issue anew with: certctl issue --csr FILE --force',
    })
  }
  const { parseCsr } = await import('../pki/csr.ts')
  return parseCsr(csr, `the CSR in ${path}`)
}
