import { CertctlError } from '../../core/errors.ts'
import type { KeepAliveReport } from '../../operations/keep-tokens-alive.ts'
import { errorFacts } from '../present-error.ts'

export interface OpenFailure {
  /** Of the profile. */
  readonly name: string
  readonly error: unknown
}

export interface KeepAliveResult extends KeepAliveReport {
  /** By a signal. */
  readonly isStopped: boolean
  /** What kept profiles from having a loop at all: settings or a token that can't be read. */
  readonly openFailures: readonly OpenFailure[]
  /** The exit status of the program beside it, when that has ended by itself or by a signal. */
  readonly program?: number | undefined
}

/** The program's after its end, and 0 after a signal; else the worst that happened to a token. */
export function keepAliveStatus(result: KeepAliveResult): number {
  if (result.isStopped) return result.program ?? 0
  const worst = worstError(result)
  return worst === undefined ? 0 : exitCode(worst)
}

/** With the error that the exit status is of, as every document that ends so has it. */
export function keepAliveDocument(result: KeepAliveResult, warnings: readonly string[]): Record<string, unknown> {
  const { isStopped, ends } = result
  const results = [
    ...ends.map(({ name, end: { reason, error } }) => ({ issuer: name, reason, ...shown(error) })),
    ...failures(result).map(({ name, error }) => ({ issuer: name, reason: 'failed', ...shown(error) })),
  ]
  const worst = isStopped ? undefined : worstError(result)
  return { schema: 1, action: isStopped ? 'stopped' : 'ended', results, ...shown(worst), warnings }
}

function worstError(result: KeepAliveResult): unknown {
  const errors = [...failures(result).map(({ error }) => error), ...result.ends.flatMap(({ end }) => end.error ?? [])]
  return errors.find((error) => exitCode(error) === 4) ?? errors[0]
}

function failures({ openFailures, startFailures }: KeepAliveResult): readonly OpenFailure[] {
  return [...openFailures, ...startFailures.map(({ connector, error }) => ({ name: connector.name, error }))]
}

function exitCode(error: unknown): number {
  return error instanceof CertctlError ? error.exitCode : 1
}

function shown(error: unknown): { readonly error?: object } {
  return error === undefined ? {} : { error: errorFacts(error) }
}
