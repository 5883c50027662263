import { Duration, formatDuration } from '../../core/duration.ts'
import { RejectedError } from '../../core/errors.ts'
import type { Certificate } from '../../pki/certificate.ts'
import { formatTime } from '../../core/time.ts'
import { backdating } from './certificate-authority.ts'

export interface LeafPeriod {
  readonly notBefore: Date
  readonly notAfter: Date
  readonly warnings: readonly string[]
}

export const defaultLeafTtl = Duration.ofDays(90)

/** Backdated, but never outside of the CA's own validity: a leaf that is cut short says so. */
export function leafPeriod(ca: Certificate, now: Date, ttl: Duration = defaultLeafTtl): LeafPeriod {
  if (!ttl.isPositive)
    throw new RejectedError(`a TTL of ${ttl.seconds} s is not positive`, { hint: 'ask for one like 90d' })
  refuseOutside(ca, now)
  const [start, end] = [backdating.before(now), ttl.after(now)]
  const isCutShort = end > ca.notAfter
  return {
    notBefore: start < ca.notBefore ? ca.notBefore : start,
    notAfter: isCutShort ? ca.notAfter : end,
    warnings: isCutShort ? [shortened(ca, ttl)] : [],
  }
}

function refuseOutside(ca: Certificate, now: Date): void {
  if (now >= ca.notAfter) {
    throw new RejectedError(`the embedded CA expired at ${formatTime(ca.notAfter)}`, {
      hint: 'make a new one: certctl local init --force',
    })
  }
  if (now < ca.notBefore) {
    throw new RejectedError(`the embedded CA is not valid before ${formatTime(ca.notBefore)}`, {
      hint: `check the clock of this host: it says ${formatTime(now)}`,
    })
  }
}

function shortened(ca: Certificate, ttl: Duration): string {
  return `the certificate ends with its CA at ${formatTime(ca.notAfter)}, before the ${formatDuration(ttl)} asked for`
}
