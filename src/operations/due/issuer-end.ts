import type { Connector, IssuedCertificate, IssuerChain } from '../../connectors/connector.ts'
import { Duration } from '../../core/duration.ts'
import { RejectedError } from '../../core/errors.ts'
import { formatTime } from '../../core/time.ts'
import type { Certificate } from '../../pki/certificate.ts'

/** How long a CA may be about to end before it is warned of: time enough to make another one. */
const longestLead = Duration.ofDays(90)
const leadShare = 1 / 4

/** Of issuer and root that ends first. */
function firstToEnd({ chain, root }: IssuerChain): Certificate | undefined {
  const all = root ? [...chain, root] : chain
  return all.toSorted((one, other) => one.notAfter.getTime() - other.notAfter.getTime())[0]
}

/** A text to warn with, months before certificates begin to end with their issuer. */
export function issuerEndWarning(issued: IssuedCertificate): string | undefined {
  const issuer = firstToEnd(issued)
  if (issuer === undefined) return undefined
  const validity = Duration.between(issuer.notBefore, issuer.notAfter)
  const lead = Duration.min(longestLead, validity.times(leadShare))
  if (lead.after(issued.leaf.notAfter) <= issuer.notAfter) return undefined
  const end = formatTime(issuer.notAfter)
  return `the issuer ${issuer.subject} ends ${end}, and no certificate of it lasts longer: have it replaced before`
}

/** RejectedError for what is over before it begins: it would take the place of a certificate that may still be good. */
export function assertNotExpired({ leaf, ...issuers }: IssuedCertificate, now: Date): void {
  if (leaf.notAfter > now) return
  const issuer = firstToEnd(issuers)
  const hasEnded = issuer !== undefined && issuer.notAfter <= now
  const why = hasEnded ? `: its issuer ${issuer.subject} ended ${formatTime(issuer.notAfter)}` : ''
  throw new RejectedError(`the new certificate has expired already, ${formatTime(leaf.notAfter)}${why}`, {
    code: 'expired-already',
    hint: hasEnded
      ? 'the issuer needs a new CA certificate'
      : 'check the clocks of this host and of the issuer: date -u',
  })
}

/**
 * RejectedError when a certificate that lasts as long as its issuer could only be followed by one that ends with it too:
 * each run would get one more, and gain nothing.
 */
export async function assertIssuerLasts(
  leaf: Certificate,
  issuers: readonly Certificate[],
  connector: Connector,
  signal?: AbortSignal,
): Promise<void> {
  const isCapped = issuers.some(({ notAfter }) => notAfter.getTime() - leaf.notAfter.getTime() < slack.milliseconds)
  if (!isCapped) return
  const now = firstToEnd(await connector.chain(signal))
  if (now === undefined || now.notAfter.getTime() - leaf.notAfter.getTime() >= slack.milliseconds) return
  throw new RejectedError(`the issuer ${now.subject} ends with the certificate, ${formatTime(now.notAfter)}`, {
    code: 'issuer-ends',
    hint: 'a new one would last no longer: have the issuer replaced; --force asks all the same',
  })
}

/** Issuers end a leaf a little before themselves. */
const slack = Duration.ofSeconds(60)
