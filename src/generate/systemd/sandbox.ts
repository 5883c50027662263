import type { UnitLine } from './unit-text.ts'

export interface SandboxFacts {
  /** root without its capabilities could not give files to others. */
  readonly isRoot: boolean
  readonly writablePaths: UnitLine
}

/** What a service that talks to a server and writes a few files can do without (systemd.exec(5)). */
export function sandbox({ isRoot, writablePaths }: SandboxFacts): readonly UnitLine[] {
  return [
    '# Neither a core dump nor another program gets to see tokens and keys. MemoryDenyWriteExecute= is not for Node.js:',
    '# V8 compiles at run time.',
    'LimitCORE=0',
    'KeyringMode=private',
    'NoNewPrivileges=yes',
    `CapabilityBoundingSet=${isRoot ? 'CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER' : ''}`,
    'AmbientCapabilities=',
    'ProtectSystem=strict',
    writablePaths,
    ...['ProtectHome=yes', 'PrivateTmp=yes', 'PrivateDevices=yes', 'DevicePolicy=closed', 'RemoveIPC=yes'],
    ...['Clock', 'ControlGroups', 'Hostname', 'KernelLogs', 'KernelModules', 'KernelTunables'].map(
      (what) => `Protect${what}=yes`,
    ),
    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
    ...['Namespaces', 'Realtime', 'SUIDSGID'].map((what) => `Restrict${what}=yes`),
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    '# Files are given to owner and group that flags name.',
    'SystemCallFilter=@chown',
    'SystemCallErrorNumber=EPERM',
  ]
}
