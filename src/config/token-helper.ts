import type { ExecFileException } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError, systemErrorCode } from '../core/errors.ts'
import { expandHome, findVariable, homeDirectory, type Environment } from './environment.ts'
import { describeReadFailure, readTextFile } from './text-file.ts'
import { parseVaultCommandFile } from './vault-command-file.ts'

/** The absolute path of the helper that the vault CLI's own file names, if it names one. */
export async function findTokenHelper(environment: Environment): Promise<string | undefined> {
  const variable = findVariable(environment, 'VAULT_CONFIG_PATH')
  const file = variable ? expandHome(variable.value, environment) : join(homeDirectory(environment), '.vault')
  const text = await readIfThere(file)
  const named = text === undefined ? undefined : parseVaultCommandFile(text, file)
  if (named === undefined || named === '') return undefined
  const helper = resolve(named)
  if (existsSync(helper)) return helper
  throw new ConfigError(`the token helper ${helper} (${file}) does not exist`, { hint: `mend token_helper in ${file}` })
}

export interface TokenHelperCall {
  readonly helper: string
  /** What the helper is told as `VAULT_ADDR` and `BAO_ADDR`, as it was written: helpers look tokens up by it. */
  readonly address: string | undefined
  readonly environment: Environment
  readonly signal?: AbortSignal | undefined
}

/**
 * What `HELPER get` prints, trimmed; run by the user's shell, as the vault CLI does.
 * Rejects with ConfigError, with what it wrote to stderr, when it ends with another status than 0.
 */
export async function runTokenHelper({ helper, address, environment, signal }: TokenHelperCall): Promise<string> {
  const { execFile } = await import('node:child_process')
  const shell = findVariable(environment, 'SHELL')?.value ?? '/bin/sh'
  const env = address ? { ...environment, VAULT_ADDR: address, BAO_ADDR: address } : environment
  const options = { env, maxBuffer: 64 * 1024, ...(signal ? { signal } : {}) }
  return new Promise((fulfil, reject) => {
    const child = execFile(shell, ['-c', `${quoted(helper)} get`], options, (error, stdout, stderr) => {
      if (!error) fulfil(stdout.trim())
      else if (signal?.aborted) reject(signal.reason as Error)
      else reject(helperFailure(helper, error, stderr))
    })
    child.stdin?.end()
  })
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw new ConfigError(`${file} ${describeReadFailure(error)}`, { hint: `check: ls -l ${file}`, cause: error })
  }
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

// The error of execFile has the whole command line and output in its message.
function helperFailure(helper: string, error: ExecFileException, stderr: string): ConfigError {
  const said = stderr.trim().slice(0, 200)
  const reason = error.signal ?? error.code ?? 'unknown reason'
  const status = typeof error.code === 'number' ? `ended with status ${error.code}` : `could not be run (${reason})`
  return new ConfigError(`the token helper ${helper} ${status}${said === '' ? '' : `: ${said}`}`, {
    code: 'token-helper',
    hint: `try: ${quoted(helper)} get`,
  })
}
