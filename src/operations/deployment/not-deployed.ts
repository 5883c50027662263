import { DeploymentError } from '../../core/errors.ts'
import { shellWord } from '../../files/shell-word.ts'
import type { HookResult } from './hook.ts'
import type { ProbeResult } from './probe.ts'

/** What kept a published certificate from being in use. */
export type Obstacle = { readonly hook: HookResult } | { readonly probe: ProbeResult }

/** The certificate is in place and owed. */
export function notDeployed(directory: string, obstacle: Obstacle): DeploymentError {
  return new DeploymentError(`${directory} is published, but not deployed: ${wordsOf(obstacle)}`, {
    ...codeAndFacts(obstacle),
    hint:
      'hook' in obstacle
        ? 'mend what it names; every certctl renew tries again until it holds'
        : 'see whether the server reads these files, and that a hook makes it do so; every certctl renew tries again',
  })
}

export interface TakenBack {
  readonly directory: string
  /** Serials. */
  readonly taken: string
  readonly back: string
}

/** The certificate was not served, and the version before is in its place. That lasts, whatever becomes of that one. */
export function takenBack({ directory, taken, back }: TakenBack, unserved: ProbeResult): DeploymentError {
  return new DeploymentError(
    `${directory} went back to the certificate before, ${back}: with the new one, ${wordsOf({ probe: unserved })}`,
    {
      ...codeAndFacts({ probe: unserved }, { takenBack: taken, inPlace: back }),
      hint: `see whether the server reads these files, and that a hook makes it do so; then: certctl renew ${shellWord(directory)} --force`,
    },
  )
}

/** The same where the version before is not in use either. */
export function takenBackInVain(error: DeploymentError, obstacle: Obstacle): DeploymentError {
  return new DeploymentError(`${error.message}; the one before is not deployed either: ${wordsOf(obstacle)}`, {
    code: error.code,
    facts: error.facts,
    hint: 'mend what it names; every certctl renew tries again with the one before until it holds',
  })
}

function wordsOf(obstacle: Obstacle): string {
  if ('probe' in obstacle) return `${obstacle.probe.endpoint} ${obstacle.probe.failure ?? ''}`
  const { command, failure, output } = obstacle.hook
  const said = output === '' ? '' : `, and says: ${output.slice(-300)}`
  return `${command} ${failure ?? ''}${said}`
}

function codeAndFacts(obstacle: Obstacle, facts: Readonly<Record<string, string>> = {}) {
  return 'hook' in obstacle
    ? { code: 'hook-failed', facts: { command: obstacle.hook.command, ...facts } }
    : { code: 'probe-failed', facts: { endpoint: obstacle.probe.endpoint, ...facts } }
}
