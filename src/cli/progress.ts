/** Says how far the work is; shown behind what is being waited for. */
export type ShowStatus = (status: string) => void

/** Shows on a terminal what is being waited for, once it takes a moment; nothing anywhere else. */
export async function withProgress<T>(
  text: string,
  isShown: boolean,
  work: (show: ShowStatus) => Promise<T>,
): Promise<T> {
  if (!isShown || !process.stderr.isTTY) return work(() => undefined)
  const { withSpinner } = await import('./spinner.ts')
  return withSpinner(text, work)
}

/** For a batch: counts what has come to its end, as `3 of 10, 1 failed`. */
export function countProgress(total: number, show: ShowStatus): (outcome: object) => void {
  let ended = 0
  let failed = 0
  return (outcome) => {
    ended += 1
    if ('error' in outcome) failed += 1
    show(failed === 0 ? `${ended} of ${total}` : `${ended} of ${total}, ${failed} failed`)
  }
}
