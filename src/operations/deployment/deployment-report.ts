import type { CertctlError } from '../../core/errors.ts'
import type { HookResult } from './hook.ts'
import type { ProbeResult } from './probe.ts'

export interface DeploymentReport {
  /** `rolled-back`: the version before is published again. */
  readonly state: 'none' | 'deployed' | 'pending' | 'rolled-back'
  readonly hooks: readonly HookResult[]
  readonly probes: readonly ProbeResult[]
  readonly revoked: readonly string[]
  readonly warnings: readonly string[]
  /** What kept it from being in use. */
  readonly error: CertctlError | undefined
  /** What is in place again, where the new one was taken back. */
  readonly back?: ReturnedVersion | undefined
}

export interface ReturnedVersion {
  readonly serial: string
  /** Whether hooks and probes have held for it too. */
  readonly isInUse: boolean
}

export const nothingDone = {
  state: 'none',
  hooks: [],
  probes: [],
  revoked: [],
  warnings: [],
  error: undefined,
} as const satisfies DeploymentReport
