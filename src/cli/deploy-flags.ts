import { Flags } from '@oclif/core'
import { resolve } from 'node:path'
import { processEnvironment } from '../config/environment.ts'
import type { Duration } from '../core/duration.ts'
import { FileError, UsageError } from '../core/errors.ts'
import type { Deployment } from '../files/deployment-entry.ts'
import type { Schedule } from '../files/schedule-entry.ts'
import { durationFlag } from './duration-flag.ts'

const group = { helpGroup: 'DEPLOYMENT' }

const several = (helpValue: string, description: string) =>
  Flags.string({ ...group, description, helpValue, multiple: true, multipleNonGreedy: true })

/** How a certificate gets into use, and when it is renewed; renewals keep to it. */
export const deployFlags = {
  deploy: several(
    'COMMAND',
    'run this when a certificate was published, without a shell; once for all certificates of a run that have the same one',
  ),
  'deploy-shell': several('COMMAND', 'the same by /bin/sh'),
  'reload-unit': several('UNIT', 'have systemd reload this unit, or restart it where it cannot reload'),
  'signal-pid-file': several('PATH:SIGNAL', 'signal the process that this file names then'),
  'deploy-each': Flags.boolean({
    ...group,
    description: 'run the hooks above once for each certificate, also where several have the same',
    allowNo: true,
  }),
  'deploy-timeout': durationFlag({ ...group, description: 'how long one hook may take; 2m by default' }),
  'on-failure': several('COMMAND', 'run this when a renewal or a deployment failed, without a shell'),
  probe: several(
    'ENDPOINT',
    'HOST:PORT[,starttls=PROTOCOL][,name=NAME] that must then serve the new certificate; else the files go back to the version before',
  ),
  'probe-timeout': durationFlag({ ...group, description: 'how long until it does; 30s by default' }),
  'revoke-previous': Flags.boolean({
    ...group,
    description: 'revoke what was replaced, once the new one is deployed',
    allowNo: true,
  }),
  window: several(
    'TIME',
    'renew only then, in local time, as in "Sat,Sun 02:00-04:00"; half of the time for renewing later, at any time',
  ),
}

export interface DeployFlags {
  readonly deploy?: readonly string[] | undefined
  readonly 'deploy-shell'?: readonly string[] | undefined
  readonly 'reload-unit'?: readonly string[] | undefined
  readonly 'signal-pid-file'?: readonly string[] | undefined
  readonly 'deploy-each'?: boolean | undefined
  readonly 'deploy-timeout'?: Duration | undefined
  readonly 'on-failure'?: readonly string[] | undefined
  readonly probe?: readonly string[] | undefined
  readonly 'probe-timeout'?: Duration | undefined
  readonly 'revoke-previous'?: boolean | undefined
  readonly window?: readonly string[] | undefined
}

/** What the flags tell of hooks and probes; an empty text stays one, and ends what was kept. UsageError. */
export async function deploymentTold(flags: DeployFlags): Promise<Deployment> {
  return defined({
    deploy: await commands('--deploy', flags.deploy),
    deployShell: given(flags['deploy-shell']),
    reloadUnit: given(flags['reload-unit']?.map(unit)),
    signalPidFile: await pidFiles(flags['signal-pid-file']),
    deployEach: flags['deploy-each'],
    deployTimeoutSeconds: positive('--deploy-timeout', flags['deploy-timeout']),
    onFailure: await commands('--on-failure', flags['on-failure']),
    probe: await probes(flags.probe),
    probeTimeoutSeconds: positive('--probe-timeout', flags['probe-timeout']),
    revokePrevious: flags['revoke-previous'],
  })
}

/** The same of the time for renewals. `renewBefore` is what `issue` keeps of its flag. */
export async function scheduleTold(flags: DeployFlags, renewBefore?: string): Promise<Schedule> {
  const { window } = flags
  if (window !== undefined) {
    const { parseWindow } = await import('../operations/due/maintenance-window.ts')
    for (const text of window) if (text !== '') parseWindow(text, '--window')
  }
  return defined({ window: given(window), renewBefore })
}

function defined<T extends object>(told: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as never
}

function given(texts: readonly string[] | undefined): string[] | undefined {
  return texts === undefined ? undefined : [...texts]
}

/** FileError for a program that can't be run: better told now than at the first renewal, when nobody looks. */
export async function assertPrograms({ deploy = [], onFailure = [] }: Deployment = {}): Promise<void> {
  if (deploy.length + onFailure.length === 0) return
  const { parseCommandLine } = await import('../hooks/command-line.ts')
  const { programFault } = await import('../hooks/find-program.ts')
  for (const program of [...deploy, ...onFailure].flatMap((text) => parseCommandLine(text)?.[0] ?? [])) {
    const fault = programFault(program, processEnvironment()['PATH'])
    if (fault === undefined) continue
    throw new FileError(`${program} ${fault}`, {
      code: 'not-executable',
      hint: 'check its path and mode; what needs a shell goes with --deploy-shell',
      facts: { path: program },
    })
  }
}

async function commands(flag: string, texts: readonly string[] | undefined): Promise<string[] | undefined> {
  if (texts === undefined) return undefined
  const { parseCommandLine } = await import('../hooks/command-line.ts')
  for (const text of texts.filter((one) => one !== '')) {
    const program = parseCommandLine(text)?.[0]
    if (program === undefined)
      throw new UsageError(`${flag} ${text} is not a command`, { hint: 'close every quote, and name a program first' })
    if (program.includes('/') && !program.startsWith('/')) {
      throw new UsageError(`${flag} ${text}: its program has no absolute path, and renewals run elsewhere`, {
        hint: `write the whole path, as in: ${flag} ${resolve(program)}`,
      })
    }
  }
  return [...texts]
}

function unit(text: string): string {
  // systemd.unit(5): letters, digits and : - _ . \ @; systemctl would take a leading dash for an option of its own.
  if (text === '' || /^[\w:.\\@][\w:.\\@-]*$/.test(text)) return text
  throw new UsageError(`--reload-unit ${text} is no name of a unit`, { hint: 'as in: --reload-unit nginx.service' })
}

async function pidFiles(texts: readonly string[] | undefined): Promise<string[] | undefined> {
  if (texts === undefined) return undefined
  const { parsePidFileSignal } = await import('../hooks/signal-process.ts')
  return texts.map((text) => {
    if (text === '') return text
    const told = parsePidFileSignal(text)
    if (told) return `${resolve(told.path)}:${told.signal.replace(/^SIG/, '')}`
    throw new UsageError(`--signal-pid-file ${text} names no file and signal`, {
      hint: 'as in: --signal-pid-file /run/nginx.pid:HUP',
    })
  })
}

async function probes(texts: readonly string[] | undefined): Promise<string[] | undefined> {
  if (texts === undefined) return undefined
  const { parseProbe } = await import('../operations/deployment/probe.ts')
  for (const text of texts) if (text !== '') parseProbe(text, '--probe')
  return [...texts]
}

function positive(flag: string, duration: Duration | undefined): number | undefined {
  if (duration === undefined || duration.isPositive) return duration?.seconds
  throw new UsageError(`${flag} is no time at all`, { hint: 'write it like 30s or 2m' })
}
