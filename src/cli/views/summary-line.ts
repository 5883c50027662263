import type { DeployedOutcome } from '../../operations/renew-and-deploy.ts'

/** How often an action is among them. */
export function countIn(actions: readonly string[]): (action: string) => number {
  return (wanted) => actions.filter((action) => action === wanted).length
}

export function countPending(outcomes: readonly DeployedOutcome[]): number {
  return outcomes.filter(({ deployment }) => deployment?.state === 'pending').length
}

/** What there is of each, as in `2 renewed, 1 failed`; undefined when there is nothing of any. */
export function summaryLine(words: readonly (readonly [count: number, word: string])[]): string | undefined {
  const told = words.filter(([count]) => count !== 0).map(([count, word]) => `${count} ${word}`)
  return told.length === 0 ? undefined : told.join(', ')
}
