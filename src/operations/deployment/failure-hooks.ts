import type { CertificateDirectory } from '../../files/certificate-directory.ts'
import { CertctlError } from '../../core/errors.ts'
import { parseCommandLine } from '../../hooks/command-line.ts'
import { hookEnvironment } from '../../hooks/hook-environment.ts'
import { runCommand } from '../../hooks/run-command.ts'
import { toldError } from '../due/retry-plan.ts'
import type { Host } from '../host.ts'
import { lookAtUndeployed, type Undeployed } from './deployable.ts'
import { hookTimeout } from './hook.ts'

export interface Failure {
  readonly place: CertificateDirectory
  readonly phase: 'renewal' | 'deployment'
  readonly error: unknown
}

type KnownFailure = Failure & { readonly undeployed: Undeployed }

/** Runs what the operator wants done when a renewal or deployment failed: each command once for all. Returns warnings. */
export async function runFailureHooks(
  failures: readonly Failure[],
  host: Host,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const known = (await Promise.all(failures.map((failure) => lookAtFailure(failure, host)))).flatMap((one) => one ?? [])
  const commands = new Set(known.flatMap(({ undeployed }) => undeployed.deployment?.onFailure ?? []))
  const warnings: string[] = []
  for (const command of commands) {
    const concerned = known.filter(({ undeployed }) => undeployed.deployment?.onFailure?.includes(command))
    const failure = await run(command, concerned, host, signal)
    if (failure !== undefined) warnings.push(`the command for failures, ${command}, ${failure}`)
  }
  return warnings
}

/** A certificate that nothing can be read of has no hook that could be known. */
async function lookAtFailure(failure: Failure, host: Host): Promise<KnownFailure | undefined> {
  try {
    const undeployed = await lookAtUndeployed(failure.place, host)
    return undeployed && { ...failure, undeployed }
  } catch (error) {
    if (error instanceof CertctlError) return undefined
    throw error
  }
}

async function run(
  text: string,
  concerned: readonly KnownFailure[],
  { environment, clock }: Host,
  signal: AbortSignal,
): Promise<string | undefined> {
  const command = parseCommandLine(text)
  const [first] = concerned
  if (!command || !first) return 'is not a command'
  const variables = { ...hookEnvironment(environment, factsOf(concerned)), FAILED_DOMAINS: names(concerned, ' ') }
  const timeout = hookTimeout(first.undeployed.deployment)
  return (await runCommand(command, { environment: variables, timeout, clock, signal })).failure
}

function factsOf(concerned: readonly KnownFailure[]): Record<string, string | undefined> {
  const one = concerned.length === 1 ? concerned[0] : undefined
  const error = one && toldError(one.error)
  return {
    EVENT: 'failure',
    COUNT: String(concerned.length),
    NAMES: names(concerned, '\n'),
    DIRS: concerned.map(({ place }) => place.path).join('\n'),
    NAME: one?.undeployed.published.record.name,
    DIR: one?.place.path,
    PHASE: one?.phase,
    ERROR: error?.message,
    ERROR_CODE: error?.code,
    ERRORS: concerned.map((failure) => `${failure.place.path}: ${toldError(failure.error).message}`).join('\n'),
  }
}

function names(concerned: readonly KnownFailure[], separator: string): string {
  return concerned.map(({ undeployed }) => undeployed.published.record.name).join(separator)
}
