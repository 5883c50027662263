import { UsageError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'

/** Asks a person on the terminal, showing nothing of what is typed; without a terminal it is a usage error. */
export async function askPassword(question: string): Promise<Secret> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError('a password is needed, and there is no terminal to ask on', { hint: 'give --password-file' })
  }
  const { default: password } = await import('@inquirer/password')
  return new Secret(await password({ message: question }, { output: process.stderr }))
}
