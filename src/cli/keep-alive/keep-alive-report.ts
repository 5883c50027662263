import { CertctlError, type ExitCode } from '../../core/errors.ts'
import type { KeepAliveReport } from '../../operations/keep-tokens-alive.ts'

export interface KeepAliveResult extends KeepAliveReport {
  /** By a signal. */
  readonly isStopped: boolean
  /** What kept profiles from having a loop at all: settings or a token that can't be read. */
  readonly openFailures: readonly unknown[]
}

/** 0 after a signal; else the worst that happened to a token. */
export function keepAliveStatus({ isStopped, ends, startFailures, openFailures }: KeepAliveResult): ExitCode | 0 {
  if (isStopped) return 0
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
