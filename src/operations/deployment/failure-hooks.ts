import type { CertificateDirectory } from '../../files/certificate-directory.ts'
import { CertctlError } from '../../core/errors.ts'
import { parseCommandLine } from '../../hooks/command-line.ts'
import { hookEnvironment } from '../../hooks/hook-environment.ts'
import { inParts } from '../../hooks/in-parts.ts'
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
  const listed = inParts(concerned, listedTexts)[0] ?? []
  const facts = factsOf(listed, concerned.length)
  const variables = { ...hookEnvironment(environment, facts), FAILED_DOMAINS: names(listed, ' ') }
  const timeout = hookTimeout(first.undeployed.deployment)
  return (await runCommand(command, { environment: variables, timeout, clock, signal })).failure
}

/** Of one certificate a server may say a book. */
const longestMessage = 2000

function listedTexts({ place, error, undeployed }: KnownFailure): readonly string[] {
  const { name } = undeployed.published.record
  return [name, name, place.path, place.path, messageOf(error)]
}

function messageOf(error: unknown): string {
  return toldError(error).message.slice(0, longestMessage)
}

/** `listed` are those that fit into the variables, of so many in all. */
function factsOf(listed: readonly KnownFailure[], count: number): Record<string, string | undefined> {
  const one = count === 1 ? listed[0] : undefined
  const leftOut = count - listed.length
  const errors = listed.map(({ place, error }) => `${place.path}: ${messageOf(error)}`)
  return {
    EVENT: 'failure',
    COUNT: String(count),
    LEFT_OUT: leftOut === 0 ? undefined : String(leftOut),
    NAMES: names(listed, '\n'),
    DIRS: listed.map(({ place }) => place.path).join('\n'),
    NAME: one?.undeployed.published.record.name,
    DIR: one?.place.path,
    PHASE: one?.phase,
    ERROR: one && messageOf(one.error),
    ERROR_CODE: one && toldError(one.error).code,
    ERRORS: [...errors, ...(leftOut === 0 ? [] : [`and ${leftOut} more`])].join('\n'),
  }
}

function names(failures: readonly KnownFailure[], separator: string): string {
  return failures.map(({ undeployed }) => undeployed.published.record.name).join(separator)
}
