import type { Duration } from '../../core/duration.ts'
import type { Deployment } from '../../files/deployment-entry.ts'
import type { Host } from '../host.ts'
import { inParts } from '../../hooks/in-parts.ts'
import { hookRank, hooksOf, hookTimeout, runHook, type Hook, type HookResult } from './hook.ts'
import { hookVariables, listedTexts, type HookSubject } from './hook-facts.ts'

export interface Deployable extends HookSubject {
  readonly deployment: Deployment | undefined
}

interface SharedHook {
  readonly hook: Hook
  readonly subjects: Deployable[]
  /** Where it stands among the hooks of its kind, at the latest. */
  place: number
}

/**
 * Runs each hook once for all that share it, or once for as many as its variables can tell of, when the hooks before it have
 * run for each of them. One whose hook fails has none of its later hooks run.
 */
export async function runHooks(
  deployables: readonly Deployable[],
  { clock, environment }: Host,
  signal?: AbortSignal,
): Promise<ReadonlyMap<Deployable, readonly HookResult[]>> {
  const results = new Map<Deployable, readonly HookResult[]>(deployables.map((one) => [one, []]))
  const hasFailed = (one: Deployable): boolean => (results.get(one) ?? []).some(({ failure }) => failure !== undefined)
  for (const { hook, subjects } of shared(deployables)) {
    const served = subjects.filter((one) => !hasFailed(one))
    for (const part of inParts(served, listedTexts)) {
      const variables = hookVariables(environment, part)
      const result = await runHook(hook, { environment: variables, timeout: longest(part), clock, signal })
      for (const one of part) results.set(one, [...(results.get(one) ?? []), result])
    }
  }
  return results
}

function shared(deployables: readonly Deployable[]): readonly SharedHook[] {
  const all = new Map<string, SharedHook>()
  for (const one of deployables) {
    for (const [place, hook] of hooksOf(one.deployment).entries()) {
      const own = one.deployment?.deployEach === true ? one.directory : ''
      const key = JSON.stringify([hook.kind, hook.text, own])
      const known = all.get(key) ?? { hook, subjects: [], place }
      known.place = Math.max(known.place, place)
      if (!known.subjects.includes(one)) known.subjects.push(one)
      all.set(key, known)
    }
  }
  return [...all.values()].sort((one, other) => hookRank(one.hook) - hookRank(other.hook) || one.place - other.place)
}

function longest(served: readonly Deployable[]): Duration {
  return served
    .map(({ deployment }) => hookTimeout(deployment))
    .reduce((one, other) => (one.isLessThan(other) ? other : one))
}
