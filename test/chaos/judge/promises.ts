import { messages } from '../../vault/keep-alive.ts'
import type { LogLine } from '../../support/keep-alive-run.ts'
import { type Fate, fateOf, truncation } from './fate.ts'
import { earliestEnd, type Grant, latestEndOf, type Sight, type TokenStory } from './token-story.ts'

type Death = Extract<Fate, { is: 'dead' }>

/** Where two clocks of one host are read one after the other, and a log line is written after what it tells of. */
const slack = 150

/** The server shows a token for a moment after its end, and one that was without a leader for a moment after that. */
const removal = 2000

/** What the program promises of every token, and did not keep; one line each, none when all is well. */
export function brokenPromises(story: TokenStory): readonly string[] {
  const fate = fateOf(story)
  if (fate.is === 'unknown') return contradictions(story)
  const broken = fate.is === 'alive' ? brokenToTheLiving(story) : brokenToTheDead(story, fate)
  return [...broken, ...promisesTooMuch(story), ...asksTooOften(story), ...contradictions(story)]
}

function brokenToTheLiving({ end, log, looks }: TokenStory): readonly string[] {
  return [
    ...unless(end.isAsked && end.code === 0, `it ended with ${end.code} though the token was alive`),
    ...unless(linesOf(log, messages.expired).length === 0, 'it called a living token dead'),
    ...unless(looks.at(-1)?.seen === true, 'the server did not know the token at last'),
  ]
}

function brokenToTheDead(story: TokenStory, death: Death): readonly string[] {
  const { log, end } = story
  const [expired, ...again] = linesOf(log, messages.expired, 'error')
  return [
    ...unless(
      death.why !== 'neglected',
      `the token died at ${at(death.from)} though the way was open in its last two seconds`,
    ),
    ...unless(end.code === 4, `it ended with ${end.code} though the token was dead`),
    ...unless(
      expired !== undefined && again.length === 0,
      `it told of the death ${again.length + (expired ? 1 : 0)} times`,
    ),
    ...unless(
      expired === undefined || Date.parse(expired.time) >= death.from - slack,
      `it called the token dead at ${expired?.time}, and it lived until ${at(death.from)}`,
    ),
    ...unless(
      expired === undefined || reasonsFor(story, death, expired).includes(String(expired['reason'])),
      `it gave the reason ${String(expired?.['reason'])} for a death by ${death.why}`,
    ),
    ...(death.why === 'revoked' ? [] : untoldBefore(story, death)),
  ]
}

/**
 * Of a revocation that it learns of when a lease that it knows of ends anyway, the program can't tell; nor whether a renewal
 * whose answer was lost has kept the token up to its maximum, by which it is dead in any case.
 */
function reasonsFor(
  { grants, latestEnd = Infinity }: TokenStory,
  { why }: Death,
  { time }: LogLine,
): readonly string[] {
  if (why === 'neglected') return ['ttl', 'max-ttl', 'revoked']
  if (why === 'ttl' && Date.parse(time) > latestEnd - truncation) return ['ttl', 'max-ttl']
  const isNear = (grant: Grant) => Math.abs(Date.parse(time) - earliestEnd(grant)) < 1000 + slack
  const isOver = Date.parse(time) > earliestEnd(grants.at(-1)!)
  return why === 'revoked' && (isOver || grants.some(isNear)) ? ['ttl', 'max-ttl', 'revoked'] : [why]
}

/** Somebody who reads the log, or looks at the metrics, knows before the end that it comes. */
function untoldBefore({ log, scrapes }: TokenStory, death: Death): readonly string[] {
  const isBefore = ({ time }: LogLine) => Date.parse(time) < death.from
  const failures = linesOf(log, messages.failed, 'error')
  // Near the maximum, troubles may end the lease before that is the last one.
  const words = death.why === 'max-ttl' ? [...linesOf(log, messages.capped, 'warn'), ...failures] : failures
  const last = scrapes.findLast(({ answeredAt }) => answeredAt < death.from)?.seen
  const expiry = (last?.[gauge('expiry_timestamp_seconds')] ?? Infinity) * 1000
  const counted = last?.['certctl_vault_token_renewals_total{result="failure"}'] ?? 0
  // Near the maximum a renewal whose answer was lost has taken up to a second, which Vault cuts off.
  const tolerated = death.why === 'max-ttl' ? 1000 : slack
  return [
    ...unless(words.some(isBefore), `no line told of the end before ${at(death.from)}`),
    ...unless(
      expiry <= death.to + tolerated,
      `the last scrape before ${at(death.from)} said that it lives until ${at(expiry)}`,
    ),
    ...unless(
      counted > 0 || (death.why === 'max-ttl' && last?.[gauge('ends_soon')] === 1),
      `the last scrape before ${at(death.from)} told of no end`,
    ),
  ]
}

/** At no time do the metrics show a later end than the server has granted by then. */
function promisesTooMuch({ scrapes, grants }: TokenStory): readonly string[] {
  const told = scrapes.flatMap(({ answeredAt, seen }) => {
    const expiry = seen[gauge('expiry_timestamp_seconds')]
    // Of the last, the program may not have heard yet.
    const lastTwo = grants.filter(({ askedAt }) => askedAt <= answeredAt).slice(-2)
    const granted = Math.max(...lastTwo.map(latestEndOf))
    if (expiry === undefined || expiry * 1000 <= granted + slack) return []
    return [`at ${at(answeredAt)} the metrics promised ${at(expiry * 1000)}, the server ${at(granted)}`]
  })
  return told.slice(0, 1)
}

/** Once a second at most, with room for a look-up after a denial and for requests that come late. */
function asksTooOften({ requests, end }: TokenStory): readonly string[] {
  const seconds = (end.at - (requests[0] ?? end.at)) / 1000
  return unless(requests.length <= seconds + 4, `it asked ${requests.length} times in ${seconds.toFixed(1)} s`)
}

/** The grants and the look-ups by accessor have to tell one story, or the judge is wrong. */
function contradictions({ looks, grants, closures, revokedAt = Infinity }: TokenStory): readonly string[] {
  return looks.flatMap((look) => {
    const inForce = grantsInForce(grants, look)
    const [earliest, latest] = [Math.min(...inForce.map(earliestEnd)), Math.max(...inForce.map(latestEndOf))]
    const { askedAt, answeredAt, seen } = look
    const death = Math.min(latest, revokedAt)
    const troubled = closures.filter(({ from, to }) => from < askedAt && to > death).map(({ to }) => to)
    if (seen && askedAt > Math.max(death, ...troubled) + removal)
      return [`the server knew a dead token at ${at(askedAt)}`]
    if (!seen && answeredAt < Math.min(earliest, revokedAt)) {
      return [`the server did not know a living token at ${at(askedAt)}`]
    }
    return []
  })
}

/** A grant replaces the one before, also with less; at its edge either may be what was seen. */
function grantsInForce(grants: readonly Grant[], { askedAt, answeredAt }: Sight<unknown>): readonly Grant[] {
  const before = grants.filter((grant) => grant.answeredAt <= askedAt)
  const meanwhile = grants.filter((grant) => grant.answeredAt > askedAt && grant.askedAt <= answeredAt)
  return [...before.slice(-1), ...meanwhile]
}

function unless(isKept: boolean, otherwise: string): readonly string[] {
  return isKept ? [] : [otherwise]
}

function linesOf(log: readonly LogLine[], message: string, level?: string): readonly LogLine[] {
  return log.filter((line) => line.message === message && (level ?? line.level) === line.level)
}

function gauge(name: string): string {
  return `certctl_vault_token_${name}{issuer="vault"}`
}

function at(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : 'no known time'
}
