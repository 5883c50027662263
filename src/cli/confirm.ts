import { UsageError } from '../core/errors.ts'
import { InterruptedError } from '../core/interruption.ts'

/** UsageError where nobody can be asked and no flag has answered. */
export function assertCanConfirm(what: string, isConfirmed: boolean): void {
  if (isConfirmed || (process.stdin.isTTY && process.stderr.isTTY)) return
  throw new UsageError(`${what} wants a confirmation, and there is no terminal to ask on`, { hint: 'give --yes' })
}

/** Asks a person on the terminal; the answer is no unless they say yes. Throws InterruptedError for Ctrl-C. */
export async function confirm(question: string): Promise<boolean> {
  const { default: ask } = await import('@inquirer/confirm')
  try {
    return await ask({ message: question, default: false }, { output: process.stderr })
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw new InterruptedError('SIGINT')
    throw error
  }
}
