import type { LookupFunction } from 'node:net'
import { processEnvironment } from '../../config/environment.ts'
import { hookEnvironment } from '../../hooks/hook-environment.ts'
import { stoppableLookup } from '../../http/stoppable-lookup.ts'

/** By a child that sees this process's variables without the token, as hooks do. */
export function lookupByChild(): LookupFunction {
  return stoppableLookup(hookEnvironment(processEnvironment(), {}))
}
