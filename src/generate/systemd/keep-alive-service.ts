import { option } from '../command-line.ts'
import type { GeneratedFile } from '../generated-file.ts'
import { sandbox } from './sandbox.ts'
import { execStart, preparation, runsAs, surroundings, writablePaths, type ServiceFacts } from './service.ts'
import { unitFile, type UnitLine } from './unit-text.ts'

export interface KeepAliveServiceFacts extends ServiceFacts {
  readonly metricsListen: string | undefined
  /** systemd is told of start, state and reload, and watches over the loop. */
  readonly isNotifying: boolean
}

const unit = 'certctl-keep-alive.service'

/** The service that keeps the token alive. */
export function keepAliveService(facts: KeepAliveServiceFacts): GeneratedFile {
  return unitFile(unit, preparation(facts, unit), [
    { name: 'Unit', lines: unitLines },
    {
      name: 'Service',
      lines: [
        ...runLines(facts),
        ...runsAs(facts),
        ...surroundings(facts),
        ...runtimeLines,
        'UMask=0077',
        ...sandbox({ isRoot: facts.user === 'root', writablePaths: writablePaths(facts) }),
      ],
    },
    { name: 'Install', lines: ['WantedBy=multi-user.target'] },
  ])
}

const unitLines: readonly UnitLine[] = [
  'Description=Keeps the Vault token of certctl alive',
  'Documentation=man:certctl-vault-keep-alive(1)',
  'Wants=network-online.target',
  'After=network-online.target',
  '# A keeper that is given up is a token that dies: a crash is answered by a new start, however often.',
  'StartLimitIntervalSec=0',
]

function runLines(facts: KeepAliveServiceFacts): readonly UnitLine[] {
  return [
    ...(facts.isNotifying ? notifyLines : ['Type=exec']),
    execStart(facts, [
      ...['vault', 'keep-alive'],
      ...option('--profile', ...facts.profiles),
      ...option('--metrics-listen', facts.metricsListen),
      ...option('--metrics-file', facts.metricsFile),
      ...option('--push-gateway', facts.pushGateway),
    ]),
    '# Reads token and settings again, and renews.',
    'ExecReload=/bin/kill -HUP $MAINPID',
    '# A server that is away is waited for. These stay as they are until somebody changes something: 2 usage, 3 a setting,',
    '# 4 the token is dead or not renewable, 6 that is no Vault.',
    ...['Restart=on-failure', 'RestartSec=10', 'RestartPreventExitStatus=2 3 4 6'],
    '# It stops within a fifth of a second, and stops by itself what it has started.',
    ...['KillMode=mixed', 'TimeoutStopSec=10'],
  ]
}

/** `Type=notify-reload` would need systemd 253; with this, `systemctl reload` may return before the reload is over. */
const notifyLines: readonly UnitLine[] = [
  '# Started once a look-up has proven the token, however long the server is away. systemd-notify, a child, says so.',
  ...['Type=notify', 'NotifyAccess=all', 'TimeoutStartSec=infinity'],
  '# A loop that does not turn any more is killed, and started again.',
  'WatchdogSec=2min',
]

/** Sinks in it are still there for their readers, and for the next start, when the service is not. */
const runtimeLines: readonly UnitLine[] = [
  '# Stays when the service stops: programs may be reading a token in it.',
  'RuntimeDirectory=certctl',
  'RuntimeDirectoryPreserve=yes',
  'Environment=XDG_RUNTIME_DIR=%t',
]
