import { CertctlError } from '../../core/errors.ts'
import type { KeepAliveReport } from '../../operations/keep-tokens-alive.ts'

export interface KeepAliveResult extends KeepAliveReport {
  /** By a signal. */
  readonly isStopped: boolean
  /** What kept profiles from having a loop at all: settings or a token that can't be read. */
  readonly openFailures: readonly unknown[]
  /** The exit status of the program beside it, when that has ended by itself or by a signal. */
  readonly program?: number | undefined
}

/** The program's after its end, and 0 after a signal; else the worst that happened to a token. */
export function keepAliveStatus(result: KeepAliveResult): number {
  const { isStopped, ends, startFailures, openFailures, program = 0 } = result
  if (isStopped) return program
  const errors = [
    ...openFailures,
    ...startFailures.map(({ error }) => error),
    ...ends.flatMap(({ end }) => end.error ?? []),
  ]
  const codes = errors.map((error) => (error instanceof CertctlError ? error.exitCode : (1 as const)))
  return codes.includes(4) ? 4 : (codes[0] ?? 0)
}

export function keepAliveDocument(
  { isStopped, ends }: KeepAliveResult,
  warnings: readonly string[],
): Record<string, unknown> {
  const results = ends.map(({ name, end }) => ({
    issuer: name,
    reason: end.reason,
    ...(end.error ? { error: end.error.toJSON() } : {}),
  }))
  return { schema: 1, action: isStopped ? 'stopped' : 'ended', results, warnings }
}
