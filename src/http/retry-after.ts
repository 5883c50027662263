import { Duration } from '../core/duration.ts'

/** Vault cuts the fraction off, so `0` means less than a second and a date may just have passed. */
const least = Duration.ofSeconds(1)

const wholeSeconds = /^\d{1,9}$/
/** The date of RFC 9110 section 5.6.7, and its older form with the full day and dashes. */
const httpDate = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/

/** Reads `Retry-After` (RFC 9110 section 10.2.3): seconds or a date. At least one second; undefined for anything else. */
export function parseRetryAfter(value: string, now: Date): Duration | undefined {
  const text = value.trim()
  if (wholeSeconds.test(text)) return Duration.max(least, Duration.ofSeconds(Number(text)))
  const time = httpDate.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : Duration.max(least, Duration.between(now, new Date(time)))
}
