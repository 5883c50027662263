import { ux } from '@oclif/core/ux'

/** Milliseconds before a wait is worth a word. */
const patience = 400

/** Says how far the work is; shown behind what is being waited for. */
export type ShowStatus = (status: string) => void

/** Shows on a terminal what is being waited for, once it takes a moment; nothing anywhere else. */
export async function withProgress<T>(
  text: string,
  isShown: boolean,
  work: (show: ShowStatus) => Promise<T>,
): Promise<T> {
  if (!isShown || !process.stderr.isTTY) return work(() => undefined)
  let last: string | undefined
  const timer = setTimeout(() => ux.action.start(text, last), patience)
  const show = (status: string): void => {
    last = status
    if (ux.action.running) ux.action.status = status
  }
  try {
    return await work(show)
  } finally {
    clearTimeout(timer)
    if (ux.action.running) ux.action.stop()
  }
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
