import { dirname } from 'node:path'
import type { Program } from '../command-line.ts'
import { commandWord, unitRest, unitWord, type UnitLine } from './unit-text.ts'

/** What the services have in common. */
export interface ServiceFacts {
  /** Of certctl, for the first line. */
  readonly version: string
  readonly program: Program
  readonly user: string
  readonly group: string | undefined
  /** Names of profiles, in the configuration directory of the service. */
  readonly profiles: readonly string[]
  readonly metricsFile: string | undefined
  readonly pushGateway: string | undefined
  /** A token file that systemd reads as root and hands over. */
  readonly credential: string | undefined
  /** Directories that the service may write to, beside its own. */
  readonly writable: readonly string[]
}

const directories = { config: '/etc/certctl', state: '/var/lib/certctl' } as const

/** What is to be done once; `started` is the unit that is to be enabled, which a service with a timer is not. */
export function preparation(
  facts: ServiceFacts,
  unit: string,
  { started = unit, more = [] }: { readonly started?: string; readonly more?: readonly string[] } = {},
): readonly string[] {
  const { version, user, credential, profiles } = facts
  const token = credential === undefined ? ' and CERTCTL_VAULT_TOKEN_FILE=PATH' : ''
  const account = [
    `useradd --system --home-dir ${directories.state} --shell /usr/sbin/nologin ${user}`,
    `install -d -o ${user} -m 0700 ${directories.config}`,
  ]
  const steps = [
    ...(user === 'root' ? [] : account),
    `put VAULT_ADDR=URL${token} into ${directories.config}/environment, or save a profile:`,
    `  ${asService(facts)} certctl profile set ${profiles[0] ?? 'NAME'} ...`,
    ...more,
    `systemctl daemon-reload && systemctl enable --now ${started}`,
  ]
  return [
    `Made by certctl ${version}. To change it: systemctl edit ${unit}`,
    '',
    'Once:',
    ...steps.map((step) => `  ${step}`),
  ]
}

/** What makes a command in a shell find what the service finds. */
export function asService({ user }: ServiceFacts): string {
  return `sudo -u ${user} env CERTCTL_CONFIG_DIR=${directories.config} CERTCTL_STATE_DIR=${directories.state}`
}

export function runsAs({ user, group }: ServiceFacts): readonly UnitLine[] {
  return [user === 'root' ? undefined : `User=${user}`, group === undefined ? undefined : `Group=${group}`]
}

/** Where certctl finds its settings and keeps what it knows, and who hands it its token. */
export function surroundings({ credential }: ServiceFacts): readonly UnitLine[] {
  return [
    'ConfigurationDirectory=certctl',
    'Environment=CERTCTL_CONFIG_DIR=%E/certctl',
    'StateDirectory=certctl',
    'StateDirectoryMode=0700',
    'Environment=CERTCTL_STATE_DIR=%S/certctl',
    'EnvironmentFile=-%E/certctl/environment',
    ...(credential === undefined
      ? []
      : [
          '# Copied when the service starts, so a new token needs a restart; the file is for root alone.',
          `LoadCredential=vault-token:${unitRest(credential)}`,
        ]),
  ]
}

export function execStart({ program }: ServiceFacts, args: readonly string[]): string {
  return `ExecStart=${[...program, ...args].map(commandWord).join(' ')}`
}

/** A directory that is missing must not keep the service from starting: it says better itself what it cannot write. */
export function writablePaths({ writable, metricsFile }: ServiceFacts): UnitLine {
  const paths = new Set([...writable, ...(metricsFile === undefined ? [] : [dirname(metricsFile)])])
  if (paths.size === 0) return undefined
  return `ReadWritePaths=${[...paths].map((path) => unitWord(`-${path}`)).join(' ')}`
}
