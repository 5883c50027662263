import type { Settings } from '../../config/settings.ts'
import { readTokenFile } from '../../config/token-file.ts'
import { findGivenToken } from '../../config/token-source.ts'
import { ConfigError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { Surroundings } from '../compose.ts'

/**
 * What to begin with where a login can replace it: the token of a sink, so that a restart needs no new one, else the one
 * that was given for this run. A person's own, saved by the vault command, is left alone.
 */
export async function firstToken(
  settings: Settings,
  sinks: readonly { readonly path: string }[],
  { readStdin, warn }: Surroundings,
): Promise<Secret> {
  for (const { path } of sinks) {
    // Its mode is the operator's own choice.
    const token = await unlessUnusable(() => readTokenFile(path, '--sink', () => undefined))
    if (token) return token
  }
  const io = { readStdin: () => readStdin('--token-file -'), warn }
  const token = await unlessUnusable(async () => findGivenToken(settings, io)?.read())
  return token ?? new Secret('')
}

async function unlessUnusable(find: () => Promise<Secret | undefined>): Promise<Secret | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}
