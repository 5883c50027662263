import { deployOutcomes, type DeployedBatch } from '../renew-and-deploy.ts'
import type { BatchWork, RenewalOutcome } from '../renew-all.ts'
import { inParallel } from '../in-parallel.ts'
import { applyCertificate, planCertificate, type AppliedPlan } from './apply-certificate.ts'
import type { ApplyOrder } from './apply-order.ts'

export type PlannedOutcome =
  { readonly directory: string; readonly plan: AppliedPlan } | { readonly directory: string; readonly error: unknown }

/**
 * Makes each certificate what it is to be, then brings into use what was published. One that fails does not keep the others
 * from their turn.
 */
export async function applyAll(
  orders: readonly ApplyOrder[],
  work: BatchWork,
  tell: (outcome: RenewalOutcome) => void,
): Promise<DeployedBatch> {
  const outcomes = await inParallel(orders, work, async (order): Promise<RenewalOutcome> => {
    const outcome = await attempted(order, async () => ({
      renewal: await applyCertificate(order, work.host, work.signal),
    }))
    tell(outcome)
    return outcome
  })
  const byName = new Map(orders.map((order) => [order.issue.name, order]))
  return deployOutcomes(
    orders.map(({ issue }) => issue.directory),
    outcomes,
    (record) => (byName.get(record.name) ?? orders[0]!).issuerFor(record),
    work,
  )
}

/** What `applyAll` would do now; touches nothing. */
export async function planAll(orders: readonly ApplyOrder[], work: BatchWork): Promise<readonly PlannedOutcome[]> {
  return inParallel(orders, work, (order) =>
    attempted(order, async () => ({ plan: await planCertificate(order, work.host) })),
  )
}

async function attempted<Result extends object>(
  { issue }: ApplyOrder,
  act: () => Promise<Result>,
): Promise<({ readonly directory: string } & Result) | { readonly directory: string; readonly error: unknown }> {
  const directory = issue.directory.path
  try {
    return { directory, ...(await act()) }
  } catch (error) {
    return { directory, error }
  }
}
