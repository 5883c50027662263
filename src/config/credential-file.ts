import { ConfigError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { describeReadFailure, readTextFile } from './text-file.ts'

const largest = 64 * 1024

/** What a login's file holds, white space around it dropped; `what` is its name in errors, such as `secret id`. */
export async function readCredential(path: string, what: string): Promise<Secret> {
  const text = await readTextFile(path, largest).catch((error: unknown) => {
    throw unusable(path, what, describeReadFailure(error), error)
  })
  if (text.trim() === '') throw unusable(path, what, 'is empty')
  return new Secret(text.trim())
}

function unusable(path: string, what: string, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(`the ${what} file ${path} ${problem}`, {
    code: 'unreadable-credential',
    hint: `check: ls -l ${path}`,
    cause,
    facts: { path },
  })
}
