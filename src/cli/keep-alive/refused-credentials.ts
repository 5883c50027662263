import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'

export function logRefusal(logger: Logger, issuer: string, error: unknown): void {
  const hint = error instanceof CertctlError ? error.hint : undefined
  logger.log('warn', 'the new credentials are refused; the old ones go on', {
    issuer,
    cause: errorMessage(error),
    hint,
  })
}
