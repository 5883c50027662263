import { stat } from 'node:fs/promises'
import { ConfigError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { describeReadFailure, readTextFile } from './text-file.ts'
import { checkToken } from './token-text.ts'

const largestToken = 64 * 1024

/** The token alone, with white space around it dropped. Warns of a file that others than its owner can read. */
export async function readTokenFile(path: string, source: string, warn: (text: string) => void): Promise<Secret> {
  const name = `token file ${path} (${source})`
  const text = (await read(path, source)).trim()
  if (text === '') {
    throw new ConfigError(`${name} is empty`, {
      code: 'empty-token',
      hint: 'write a token into it',
      facts: { source, path },
    })
  }
  const token = checkToken(text, `the file ${path} (${source})`, 'the file must hold the token alone, on one line')
  const { mode, isFile } = await modeOf(path)
  if (isFile && (mode & 0o044) !== 0) {
    warn(`${name} can be read by others than its owner (mode 0${(mode & 0o777).toString(8)}): chmod 600 ${path}`)
  }
  return token
}

/** A pipe gives its content once, and opening it would wait for a writer. What is not there may come back. */
export async function mayBeReadAgain(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() ?? true
}

async function read(path: string, source: string): Promise<string> {
  try {
    return await readTextFile(path, largestToken)
  } catch (error) {
    throw new ConfigError(`token file ${path} (${source}) ${describeReadFailure(error)}`, {
      code: 'unreadable-token',
      hint: `check: ls -l ${path}`,
      cause: error,
      facts: { source, path },
    })
  }
}

async function modeOf(path: string): Promise<{ readonly mode: number; readonly isFile: boolean }> {
  const stats = await stat(path).catch(() => undefined)
  return { mode: stats?.mode ?? 0, isFile: stats?.isFile() ?? false }
}
