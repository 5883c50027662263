import { ux } from '@oclif/core/ux'
import type { ShowStatus } from './progress.ts'

/** Milliseconds before a wait is worth a word. */
const patience = 400

/** Shows on the terminal what is being waited for. A file of its own, since most runs have no terminal. */
export async function withSpinner<T>(text: string, work: (show: ShowStatus) => Promise<T>): Promise<T> {
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
