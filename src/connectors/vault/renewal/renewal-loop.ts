import type { LifecycleEnd } from '../../lifecycle.ts'
import { type Demands, Interruption } from './demands.ts'
import { FailureSeries } from './failure-series.ts'
import type { LookedUpToken } from './kept-token.ts'
import { LastWord, lookForOther } from './last-look.ts'
import { type Moment, momentAfter, momentNow } from './moment.ts'
import { isNoVault, isUnanswered } from './renewal-failure.ts'
import { waitDelay } from '../token/renewal-schedule.ts'
import type { RenewerSetup } from './renewer-setup.ts'
import { Succession } from './token-succession.ts'
import { TokenDeniedError } from '../token/token-api.ts'
import { endDenied, endFailed } from './token-end.ts'
import { successionDue, TokenKeeper } from './token-keeper.ts'
import { restUntilDue } from './turn.ts'

/** One run, from the first look-up to the end; never rejects. */
export async function runRenewalLoop(setup: RenewerSetup, demands: Demands): Promise<LifecycleEnd> {
  const succession = setup.successor && new Succession(setup, setup.successor, demands)
  let kind: 'started' | 'token-replaced' = 'started'
  let successor: LookedUpToken | undefined
  for (;;) {
    try {
      const token = successor ?? (await takeUpToken(setup, demands, succession))
      successor = undefined
      const lastWord = new LastWord(setup)
      const keeper = new TokenKeeper({ ...setup, emit: lastWord.emit }, demands, token)
      const kept = keeper.keep(kind)
      kind = 'token-replaced'
      const end = await kept
      if (end === successionDue) successor = await succession?.next(keeper)
      else if (succession && end.reason === 'expired') successor = await succession.next(undefined)
      else {
        const other = isGivenUp(end) ? await lookForOther(setup, demands) : undefined
        if (other === undefined) {
          lastWord.tell()
          return end
        }
        successor = other === 'unproven' ? undefined : other
      }
    } catch (error) {
      if (demands.isStopped) return { reason: 'stopped' }
      if (error instanceof TokenDeniedError) return endDenied(setup.emit, error)
      if (!(error instanceof Interruption)) return endFailed(setup.emit, error)
    }
  }
}

async function takeUpToken(
  setup: RenewerSetup,
  demands: Demands,
  succession: Succession | undefined,
): Promise<LookedUpToken> {
  const replacement = demands.takeReplacement()
  if (replacement?.facts) return { facts: replacement.facts, asked: momentNow(setup.clock) }
  try {
    const token = await lookUpPatiently(setup, demands)
    await demands.during(() => setup.successor?.handOn() ?? Promise.resolve())
    return token
  } catch (error) {
    if (!(error instanceof TokenDeniedError)) throw error
    if (succession) return succession.next(undefined)
    const other = await lookForOther(setup, demands)
    if (other === undefined) throw error
    return other === 'unproven' ? takeUpToken(setup, demands, succession) : other
  }
}

function isGivenUp({ reason }: LifecycleEnd): boolean {
  return reason === 'expired' || reason === 'not-renewable'
}

/** Waits for a server that is away or makes no sense; throws a denial, and what waiting won't change. */
async function lookUpPatiently(setup: RenewerSetup, demands: Demands): Promise<LookedUpToken> {
  const { api, clock, timeout, pace } = setup
  const failures = new FailureSeries()
  for (;;) {
    await demands.during((signal) => pace.turn(undefined, signal))
    const asked = momentNow(clock)
    try {
      const look = () => demands.during((signal) => api.lookupSelf({ timeout, repeat: false, signal }))
      const facts = await pace.ask(look)
      return { facts, asked }
    } catch (error) {
      if (!isUnanswered(error) || isNoVault(error)) throw error
      demands.takeRenewal()
      await waitForServer(setup, demands, failures, { error, asked })
    }
  }
}

interface Unanswered {
  readonly error: Parameters<typeof isNoVault>[0]
  readonly asked: Moment
}

async function waitForServer(
  setup: RenewerSetup,
  demands: Demands,
  failures: FailureSeries,
  { error, asked }: Unanswered,
): Promise<void> {
  const { clock, random, emit } = setup
  const { isLoud } = failures.add(error, undefined)
  const retryAfter = 'retryAfter' in error ? error.retryAfter : undefined
  const delay = waitDelay({ failures: failures.count, retryAfter, random: random() })
  const due = momentAfter(momentNow(clock), delay)
  emit({ kind: 'waiting', error, failures: failures.count, loud: isLoud, nextAttemptAt: due.wall })
  await restUntilDue({ due, isEnd: false, lastAttempt: asked, leaseLeft: undefined }, clock, demands)
}
