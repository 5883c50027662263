import { UsageError } from '../../core/errors.ts'
import { InterruptedError } from '../../core/interruption.ts'
import { Secret } from '../../core/secret.ts'

/** UsageError where nobody can be asked. */
export function assertTerminal(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return
  throw new UsageError('a password is needed, and there is no terminal to ask on', { hint: 'give --password-file' })
}

/** Asks a person on the terminal, showing nothing of what is typed. Throws InterruptedError for Ctrl-C. */
export async function askPassword(question: string): Promise<Secret> {
  const { default: password } = await import('@inquirer/password')
  try {
    return new Secret(await password({ message: question }, { output: process.stderr }))
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw new InterruptedError('SIGINT')
    throw error
  }
}
