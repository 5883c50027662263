import { UsageError } from '../../core/errors.ts'
import type { Deployment } from '../../files/deployment-entry.ts'
import { hooksOf } from './hook.ts'

/**
 * What was told takes the place of what was kept; an empty text ends it, and with it what was kept for its sake.
 * Undefined when nothing is left.
 */
export function mergeDeployment(kept: Deployment | undefined, told: Deployment): Deployment | undefined {
  const all: Deployment = Object.fromEntries(
    Object.entries({ ...kept, ...told })
      .map(([key, value]) => [key, Array.isArray(value) ? value.filter((text) => text !== '') : value] as const)
      .filter(([, value]) => value !== false && !(Array.isArray(value) && value.length === 0)),
  )
  const merged = Object.entries(all).filter(([key]) => key in told || !isForNothing(key, all))
  return merged.length === 0 ? undefined : Object.fromEntries(merged)
}

/** Whether a setting stands alone, without the hook or probe that it is for. */
function isForNothing(key: string, deployment: Deployment): boolean {
  const hasHooks = hooksOf(deployment).length > 0
  if (key === 'probeTimeoutSeconds') return deployment.probe === undefined
  if (key === 'deployTimeoutSeconds') return !hasHooks && deployment.onFailure === undefined
  if (key === 'deployEach') return !hasHooks
  return key === 'revokePrevious' && !isDeployed(deployment)
}

/** Whether there is something to do, or to ask, before a published certificate counts as deployed. */
export function isDeployed(deployment: Deployment | undefined): boolean {
  return hooksOf(deployment).length > 0 || (deployment?.probe ?? []).length > 0
}

/** UsageError for what makes no sense together. */
export function assertCoherentDeployment(deployment: Deployment | undefined): void {
  if (deployment === undefined) return
  const {
    probe = [],
    onFailure = [],
    deployEach,
    revokePrevious,
    probeTimeoutSeconds,
    deployTimeoutSeconds,
  } = deployment
  const hasHooks = hooksOf(deployment).length > 0
  const hint = 'certctl issue --help shows both'
  if (revokePrevious === true && !isDeployed(deployment)) {
    throw new UsageError('--revoke-previous needs a hook or --probe: what servers still serve must not be revoked', {
      hint: 'say how servers get the new one, as in: --reload-unit nginx --probe localhost:443',
    })
  }
  if (probeTimeoutSeconds !== undefined && probe.length === 0)
    throw new UsageError('--probe-timeout needs --probe', { hint })
  if (deployTimeoutSeconds !== undefined && !hasHooks && onFailure.length === 0)
    throw new UsageError('--deploy-timeout needs a hook', { hint })
  if (deployEach === true && !hasHooks) throw new UsageError('--deploy-each needs a hook', { hint })
}
