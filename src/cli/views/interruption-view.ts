import type { DeploymentReport } from '../../operations/deployment/deployment-report.ts'
import type { HookResult } from '../../operations/deployment/hook.ts'

/** What became of a certificate whose turn came before the run was interrupted. */
export type Reached = {
  readonly directory: string
  readonly deployment?: Pick<DeploymentReport, 'state' | 'error' | 'hooks'> | undefined
} & ({ readonly renewal: { readonly deploy: 'none' | 'done' | 'pending' } } | { readonly error: unknown })

/** What an interrupted run leaves to the next one, of so many certificates; undefined where it leaves nothing. */
export function leftBehind(all: readonly Reached[], asked: number): string | undefined {
  const untried = asked - all.length
  const owed = all.filter(isOwed)
  const [first] = owed
  const told = [
    ...(untried > 0 ? [`${untried} of ${asked} certificates are left out`] : []),
    ...stopped(owed.flatMap(({ deployment }) => deployment?.hooks ?? [])).map((command) => `${command} was stopped`),
    ...(first ? [`${owed.length === 1 ? `${first.directory} is` : `${owed.length} are`} ${owing}`] : []),
  ]
  return told.length === 0 ? undefined : told.join('; ')
}

const owing = 'published, but not deployed: the next certctl renew takes that up'

/** What failed by itself is told by its error. */
function isOwed(one: Reached): boolean {
  const { deployment } = one
  if (deployment) return deployment.state === 'pending' && deployment.error === undefined
  return 'renewal' in one && one.renewal.deploy === 'pending'
}

function stopped(hooks: readonly HookResult[]): readonly string[] {
  return [...new Set(hooks.filter(({ signal }) => signal !== null).map(({ command }) => command))]
}
