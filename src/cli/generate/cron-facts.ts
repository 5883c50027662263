import { hostname, userInfo } from 'node:os'
import { findVariable, processEnvironment } from '../../config/environment.ts'
import { ConfigError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { CrontabFacts } from '../../generate/crontab.ts'
import { shownAddress } from '../compose.ts'
import { programToRun } from './program.ts'

interface CronFlags {
  readonly program?: string | undefined
  readonly user?: string | undefined
  readonly crontab: boolean
  readonly 'metrics-file'?: string | undefined
  readonly 'push-gateway'?: URL | undefined
  readonly profile?: string | undefined
}

/** Where certctl keeps its files; cron hands on no variable of the shell that this runs in. */
const places = ['CERTCTL_CONFIG_DIR', 'CERTCTL_STATE_DIR', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME']

export async function cronFacts(flags: CronFlags, version: string): Promise<CrontabFacts> {
  const set = places.flatMap((name) => findVariable(processEnvironment(), name) ?? [])
  return {
    version,
    program: await programToRun(flags.program),
    hostName: hostname(),
    user: flags.crontab ? undefined : (flags.user ?? userInfo().username),
    profile: flags.profile,
    metricsFile: flags['metrics-file'],
    pushGateway: flags['push-gateway'] && shownAddress(flags['push-gateway']),
    variables: Object.fromEntries(set.map(({ name, value }) => [name, oneLine(name, value)])),
  }
}

function oneLine(name: string, value: string): string {
  if (printable(value) === value) return value
  throw new ConfigError(`${name} has a character in it that a crontab cannot hold`, {
    hint: 'choose another directory',
  })
}
