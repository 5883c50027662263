import { Duration } from '../core/duration.ts'
import { FileError } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { PublishedSet } from '../files/published-set.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import { shellWord } from '../files/shell-word.ts'
import { parseCertificates, type Certificate } from '../pki/certificate.ts'
import type { Csr } from '../pki/csr.ts'
import { parsePrivateKey } from '../pki/private-key.ts'
import { certificateRecord, certificateTexts } from './certificate-set.ts'
import type { Defect } from './defect.ts'
import { assertIssuerLasts, assertNotExpired, issuerEndWarning } from './due/issuer-end.ts'
import type { Host } from './host.ts'
import type { KeySource, WantedCertificate } from './obtain-certificate.ts'
import { obtainCounted } from './obtain-counted.ts'
import { commonNameFor } from './plan-issue.ts'
import { Publishing } from './publishing.ts'
import type { Judged, Renewal, RenewalOrder } from './renewal.ts'

/** Issues the successor and publishes it in the place of what is there. */
export async function replaceCertificate(
  order: RenewalOrder,
  judged: Judged,
  host: Host,
  signal?: AbortSignal,
): Promise<Renewal> {
  const { directory, issuerFor, force, anew, replacesKept = false } = order
  const { record } = judged.published
  await directory.assertPublishable({ replace: true })
  const wanted = anew?.wanted ?? (await successor(order, judged))
  const hasKey = wanted.key.origin !== 'csr'
  const publishing = await Publishing.open({ ...order, keepOutputs: !replacesKept, replace: force, hasKey }, host)
  const issuer = await issuerFor(record)
  if (!force && !anew && !judged.defect)
    await assertIssuerLasts(judged.certificate, await issuersIn(directory), issuer.connector, signal)
  const obtained = await obtainCounted(issuer, wanted, host, signal)
  assertNotExpired(obtained, host.clock.now())
  const recorded = certificateRecord(anew?.name ?? record.name, wanted, obtained, issuer)
  // A key that is used once more stays what it was: the next renewal makes a new one where this one would have.
  const keyOrigin = wanted.key.origin === 'file' && !anew ? record.keyOrigin : recorded.keyOrigin
  const successorRecord = { ...record, ...recorded, keyOrigin, adopted: undefined }
  const set = { ...certificateTexts(obtained), record: successorRecord }
  const published = await publishing.publish(set, { replace: true })
  return {
    ...judged,
    ...published,
    name: recorded.name,
    action: 'renewed',
    certificate: obtained.leaf,
    warnings: [
      ...defectWarnings(judged, wanted.key, directory.path),
      ...obtained.warnings,
      ...published.warnings,
      issuerEndWarning(obtained),
    ].filter(isText),
  }
}

function defectWarnings({ defect }: Judged, key: KeySource, path: string): readonly string[] {
  if (defect === undefined) return []
  const early = `it was renewed before its time: ${defect.reason}`
  if (defect.state !== 'revoked' || key.origin === 'generated' || key.origin === 'issuer') return [early]
  const way = key.origin === 'csr' ? 'issue anew for another CSR' : `certctl renew ${shellWord(path)} --rekey`
  return [early, `the key of the revoked certificate is used again; if others may know it, have another: ${way}`]
}

function isText(text: string | undefined): text is string {
  return text !== undefined
}

/** Those that are published with the certificate, root included. */
async function issuersIn(directory: CertificateDirectory): Promise<readonly Certificate[]> {
  const { chain, ca } = await directory.readWhole()
  return parseCertificates(chain + (ca ?? ''), directory.path)
}

async function successor(order: RenewalOrder, { published, defect }: Judged): Promise<WantedCertificate> {
  const { record } = published
  const ttl = order.ttl ?? (record.ttlSeconds === null ? undefined : Duration.ofSeconds(record.ttlSeconds))
  const key = await successorKey(order, published, defect)
  const commonName = key.origin === 'csr' ? key.csr.commonName : commonNameFor(record.name)
  return { commonName, sans: record.sans, ttl, key }
}

async function successorKey(
  { directory, keyPolicy, keyType }: RenewalOrder,
  published: PublishedSet,
  defect: Defect | undefined,
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
    const rekey = `have a new one made: certctl renew ${shellWord(directory.path)} --rekey`
    if (!pem) throw new FileError(`${directory.path} holds no key that could be used again`, { hint: rekey })
    if (defect?.state === 'mismatch') {
      throw new FileError(`${directory.path} holds a key that is not the certificate's and would be used again`, {
        code: defect.state,
        hint: `put the right one back, or ${rekey}`,
        facts: { path: directory.path },
      })
    }
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
