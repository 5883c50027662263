import { Duration } from '../../core/duration.ts'
import { UsageError } from '../../core/errors.ts'
import { TokenSink } from '../../files/token-sink.ts'
import type { LoginFlags } from './login-flags.ts'

/** The sinks that the flags name, their directories looked at. */
export async function openSinks(flags: LoginFlags): Promise<readonly TokenSink[]> {
  const paths = flags.sink ?? []
  const mode = modeOf(flags['sink-mode'] ?? '0600')
  const owner = await ownerOf(flags)
  const sinks = [...new Set(paths)].map((path) => new TokenSink(path, { mode, owner }))
  for (const sink of sinks) await sink.assertWritable()
  return sinks
}

/** How long what the sinks get can be unwrapped, if it is to be wrapped. The server counts in seconds. */
export function wrapTtlOf({ 'wrap-ttl': ttl }: LoginFlags): Duration | undefined {
  if (ttl?.isLessThan(Duration.ofSeconds(1))) {
    throw new UsageError('--wrap-ttl is less than a second', { hint: 'write it like 60s or 5m' })
  }
  return ttl
}

function modeOf(text: string): number {
  const mode = /^0?[0-7]{3}$/.test(text) ? parseInt(text, 8) : undefined
  if (mode === undefined || (mode & 0o400) === 0) {
    throw new UsageError(`--sink-mode ${text} is no mode that a token can be read with`, {
      hint: 'write it like 0600 or 0640',
    })
  }
  if ((mode & 0o007) !== 0) {
    throw new UsageError(`--sink-mode ${text} shows the token to everybody`, {
      hint: 'write 0600, or 0640 with --sink-group',
    })
  }
  return mode
}

async function ownerOf(flags: LoginFlags): Promise<{ uid: number; gid: number } | undefined> {
  const { 'sink-owner': user, 'sink-group': group } = flags
  if (user === undefined && group === undefined) return undefined
  const { accountId } = await import('../../files/account.ts')
  return {
    uid: user === undefined ? -1 : await accountId('passwd', user, '--sink-owner'),
    gid: group === undefined ? -1 : await accountId('group', group, '--sink-group'),
  }
}
