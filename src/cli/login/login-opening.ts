import type { Settings } from '../../config/settings.ts'
import type { LoginEvent } from '../../connectors/vault/login/login-event.ts'
import { UsageError } from '../../core/errors.ts'
import type { LoginOpening, Surroundings } from '../compose.ts'
import { firstToken } from './first-token.ts'
import type { LoginFlags } from './login-flags.ts'
import { loginMethod } from './login-method.ts'
import { openSinks, wrapTtlOf } from './sinks.ts'

/** How keep-alive gets tokens, if it was told a way. */
export async function loginOpening(
  flags: LoginFlags & { readonly 'keep-old': boolean },
  settings: Settings,
  surroundings: Surroundings,
  emit: (event: LoginEvent) => void,
): Promise<LoginOpening | undefined> {
  if (flags.auth === undefined) return undefined
  const wrapTtl = wrapTtlOf(flags)
  const sinks = await openSinks(flags)
  return {
    method: await loginMethod(flags.auth, flags, settings),
    sinks,
    wrapTtl,
    // What is wrapped in a sink is for its reader to take out, once.
    firstToken: await firstToken(settings, wrapTtl ? [] : sinks, surroundings),
    keepOld: flags['keep-old'],
    emit,
  }
}

/** UsageError for flags of a login that is none, or that would be one for all of several profiles. */
export function checkLoginFlags(flags: LoginFlags, profiles: number): void {
  if (flags.auth !== undefined && profiles > 1) {
    throw new UsageError('--auth would log in the same way for all of several profiles', {
      hint: 'run one keep-alive for each',
    })
  }
  if (flags.auth === undefined) refuseWithoutMethod(flags)
  if (flags['wrap-ttl'] !== undefined && flags.sink === undefined) {
    throw new UsageError('--wrap-ttl wraps what sinks get, and there is none', { hint: 'give --sink PATH' })
  }
}

function refuseWithoutMethod(flags: LoginFlags): void {
  const names = [
    'auth-mount',
    'auth-role',
    'role-id-file',
    'secret-id-file',
    'wrapped-secret-id-file',
    'jwt-file',
    'username',
    'password-file',
    'sink',
    'wrap-ttl',
  ] as const
  const given = names.find((name) => flags[name] !== undefined)
  if (given !== undefined) throw new UsageError(`--${given} goes with --auth`, { hint: 'name the method with --auth' })
}
