import { UsageError } from '../../core/errors.ts'
import type { GeneratedFile } from '../../generate/generated-file.ts'
import { keepAliveService } from '../../generate/systemd/keep-alive-service.ts'
import { renewUnits } from '../../generate/systemd/renew-units.ts'
import type { ServiceFacts } from '../../generate/systemd/service.ts'
import { formatListenAddress, type ListenAddress } from '../../metrics/listen-address.ts'
import { shownAddress } from '../compose.ts'
import { hiddenFromServices, programToRun } from './program.ts'

export const unitKinds = ['keep-alive', 'renew'] as const
type UnitKind = (typeof unitKinds)[number]

interface UnitFlags {
  readonly program?: string | undefined
  readonly user: string
  readonly group?: string | undefined
  readonly profile?: readonly string[] | undefined
  readonly 'load-credential'?: string | undefined
  readonly write?: readonly string[] | undefined
  readonly 'metrics-listen'?: ListenAddress | undefined
  readonly 'metrics-file'?: string | undefined
  readonly 'push-gateway'?: URL | undefined
  readonly notify: boolean
}

interface Units {
  readonly files: readonly GeneratedFile[]
  readonly warnings: readonly string[]
}

/** The units that the flags describe, and what will not work as it stands. */
export async function systemdUnits(kind: UnitKind, flags: UnitFlags, version: string): Promise<Units> {
  const facts: ServiceFacts = {
    version,
    program: await programToRun(flags.program),
    user: flags.user,
    group: flags.group,
    profiles: flags.profile ?? [],
    credential: flags['load-credential'],
    writable: flags.write ?? [],
    metricsFile: flags['metrics-file'],
    pushGateway: flags['push-gateway'] && shownAddress(flags['push-gateway']),
  }
  const hidden = hiddenFromServices(facts.program)
  const unseen =
    hidden === undefined
      ? []
      : [`${hidden} is hidden from the service: install it below /usr or /opt, or name another with --program`]
  if (kind === 'keep-alive') {
    const metricsListen = flags['metrics-listen'] && formatListenAddress(flags['metrics-listen'])
    return { files: [keepAliveService({ ...facts, metricsListen, isNotifying: flags.notify })], warnings: unseen }
  }
  refuseKeepAlives(flags)
  const unwritable =
    facts.writable.length > 0
      ? []
      : ['the service may write certificates below /var/lib/certctl alone; name other directories with --write']
  return { files: renewUnits(facts), warnings: [...unseen, ...unwritable] }
}

function refuseKeepAlives(flags: UnitFlags): void {
  if (flags['metrics-listen'] !== undefined)
    throw new UsageError('--metrics-listen is for keep-alive, and renew ends', {
      hint: 'give --metrics-file PATH or --push-gateway URL',
    })
  if (flags.notify)
    throw new UsageError('--notify is for keep-alive, and renew has nothing to tell but its end', {
      hint: 'leave --notify out: a oneshot service is done when its command is',
    })
  if ((flags.profile ?? []).length > 1)
    throw new UsageError('--profile is given more than once', { hint: 'renew goes by one profile' })
}
