import type { Registry } from '../../connectors/registry.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { earlyEnd } from '../early-end.ts'
import { listenForSignals, type SignalListener } from '../signals.ts'

export interface KeepAliveReactions {
  readonly stop: AbortController
  readonly registry: Registry
  readonly logger: Logger
  /** A token was read again and is good: work that had ended for want of one can go on. */
  readonly onReloaded: () => void
}

/** SIGTERM and SIGINT stop, SIGHUP reads everything again and renews, SIGUSR2 renews. */
export function reactToSignals({ stop, registry, logger, onReloaded }: KeepAliveReactions): SignalListener {
  return listenForSignals({
    onStop: (_signal, count) => {
      stop.abort()
      if (count > 1) earlyEnd.request(0)
    },
    onReload: () => void reloadAll(registry, logger, onReloaded),
    onRenewNow: () => registry.lifecycles.forEach((connector) => connector.renewNow?.()),
  })
}

async function reloadAll(registry: Registry, logger: Logger, onReloaded: () => void): Promise<void> {
  logger.log('info', 'credentials and settings are read again')
  const reloads = registry.lifecycles.map(async (connector) => {
    try {
      await connector.reload?.()
      onReloaded()
    } catch (error) {
      const hint = error instanceof CertctlError ? error.hint : undefined
      const facts = { issuer: connector.name, cause: errorMessage(error), hint }
      logger.log('warn', 'the new credentials are refused; the old ones go on', facts)
      connector.renewNow?.()
    }
  })
  await Promise.all(reloads)
}
