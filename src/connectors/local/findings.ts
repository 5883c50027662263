import { formatDuration } from '../../core/duration.ts'
import { CertctlError } from '../../core/errors.ts'
import { formatSan } from '../../pki/names.ts'
import { formatTime } from '../../core/time.ts'
import type { CertificateRequest, Finding } from '../connector.ts'
import { type Applicant, readApplicant } from './applicant.ts'
import type { Authority } from './certificate-authority.ts'
import { defaultLeafTtl, leafPeriod } from './leaf-period.ts'

/** What stands for and against the request; an expected failure is a finding, not an error. */
export async function findingsFor(
  request: CertificateRequest,
  load: () => Promise<Authority | undefined>,
  now: Date,
): Promise<readonly Finding[]> {
  const names = isForNobody(request)
    ? []
    : [await finding('names', async () => namesDetail(await readApplicant(request)))]
  const authority = await attempt(load)
  if (authority instanceof CertctlError) return [bad('embedded CA', authority), ...names]
  if (!authority) return [{ subject: 'embedded CA', verdict: 'good', detail: 'is made at the first issue' }, ...names]
  const { certificate } = authority
  const period = await attempt(() => leafPeriod(certificate, now, request.ttl))
  if (period instanceof CertctlError) return [bad('embedded CA', period), ...names]
  const ca: Finding = {
    subject: 'embedded CA',
    verdict: 'good',
    detail: `is valid until ${formatTime(certificate.notAfter)}`,
  }
  const ttl = formatDuration(request.ttl ?? defaultLeafTtl)
  const cut = period.warnings[0]
  return [
    ca,
    ...names,
    cut === undefined
      ? { subject: 'TTL', verdict: 'good', detail: `${ttl} ends before the CA does` }
      : { subject: 'TTL', verdict: 'bad', detail: cut, hint: 'ask for less with --ttl, or make a new CA' },
  ]
}

/** What is asked is whether the CA can issue at all. */
function isForNobody({ commonName, sans, key }: CertificateRequest): boolean {
  return commonName === undefined && sans.length === 0 && key.origin === 'csr' && key.csr === ''
}

function namesDetail({ commonName, sans }: Applicant): string {
  const subject = commonName === undefined ? 'no common name' : `common name ${commonName}`
  return `${subject}, SANs ${sans.map((san) => formatSan(san)).join(', ') || 'none'}`
}

async function finding(subject: string, detailOf: () => Promise<string>): Promise<Finding> {
  const detail = await attempt(detailOf)
  return detail instanceof CertctlError ? bad(subject, detail) : { subject, verdict: 'good', detail }
}

function bad(subject: string, { message, hint }: CertctlError): Finding {
  return { subject, verdict: 'bad', detail: message, ...(hint === undefined ? {} : { hint }) }
}

async function attempt<Result>(work: () => Result | Promise<Result>): Promise<Result | CertctlError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CertctlError) return error
    throw error
  }
}
