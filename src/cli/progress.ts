import { ux } from '@oclif/core/ux'

/** Milliseconds before a wait is worth a word. */
const patience = 400

/** Shows on a terminal what is being waited for, once it takes a moment; nothing anywhere else. */
export async function withProgress<T>(text: string, isShown: boolean, work: () => Promise<T>): Promise<T> {
  if (!isShown || !process.stderr.isTTY) return work()
  const timer = setTimeout(() => ux.action.start(text), patience)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    if (ux.action.running) ux.action.stop()
  }
}
