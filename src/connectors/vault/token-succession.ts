import { CertctlError } from '../../core/errors.ts'
import type { Demands } from './demands.ts'
import { FailureSeries } from './failure-series.ts'
import type { LookedUpToken } from './kept-token.ts'
import { type Moment, momentAfter, momentNow, timeUntilForSure } from './moment.ts'
import { isUnanswered } from './renewal-failure.ts'
import { waitDelay } from './renewal-schedule.ts'
import type { RenewerSetup } from './renewer-setup.ts'
import { restUntilDue } from './turn.ts'

/**
 * Gets the next token, trying again while the server is away. Refused credentials are tried again too while the token so
 * far is good: somebody may put others in their place. After that the refusal is thrown.
 */
export async function succeedPatiently(
  setup: RenewerSetup,
  demands: Demands,
  goodUntil: Moment | undefined,
): Promise<LookedUpToken> {
  const failures = new FailureSeries()
  for (;;) {
    const asked = momentNow(setup.clock)
    demands.takeRenewal()
    try {
      const facts = await demands.during((signal) => succeed(setup, signal))
      return { facts, asked }
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      const isGood = goodUntil !== undefined && timeUntilForSure(goodUntil, setup.clock).isPositive
      if (!isGood && !isUnanswered(error)) throw error
      await waitForLogin(setup, demands, failures, { error, asked })
    }
  }
}

async function succeed({ succeed: next }: RenewerSetup, signal: AbortSignal) {
  if (!next) throw new Error('nobody can log in')
  return next(signal)
}

async function waitForLogin(
  { clock, random, emit }: RenewerSetup,
  demands: Demands,
  failures: FailureSeries,
  { error, asked }: { readonly error: CertctlError; readonly asked: Moment },
): Promise<void> {
  const { isLoud } = failures.add(error, undefined)
  const retryAfter = isUnanswered(error) && 'retryAfter' in error ? error.retryAfter : undefined
  const delay = waitDelay({ failures: failures.count, retryAfter, random: random() })
  const due = momentAfter(momentNow(clock), delay)
  emit({ kind: 'login-failed', error, failures: failures.count, loud: isLoud, nextAttemptAt: due.wall })
  await restUntilDue({ due, isEnd: false, lastAttempt: asked, leaseLeft: undefined }, clock, demands)
}
