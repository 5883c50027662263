import { option } from '../command-line.ts'
import type { GeneratedFile } from '../generated-file.ts'
import { sandbox } from './sandbox.ts'
import { asService, execStart, preparation, runsAs, surroundings, writablePaths, type ServiceFacts } from './service.ts'
import { unitFile } from './unit-text.ts'

const [service, timer] = ['certctl-renew.service', 'certctl-renew.timer']

/** The service that renews what is due, and the timer that starts it. */
export function renewUnits(facts: ServiceFacts): readonly GeneratedFile[] {
  return [renewService(facts), renewTimer(facts)]
}

function renewService(facts: ServiceFacts): GeneratedFile {
  return unitFile(
    service,
    preparation(facts, service, {
      started: timer,
      more: [`issue what is to be renewed: ${asService(facts)} certctl issue ...`],
    }),
    [
      {
        name: 'Unit',
        lines: [
          'Description=Renews the certificates of certctl that are due',
          'Documentation=man:certctl-renew(1)',
          'Wants=network-online.target',
          'After=network-online.target certctl-keep-alive.service',
        ],
      },
      {
        name: 'Service',
        lines: [
          '# Ends with 0 also when nothing was due. The timer is what tries again.',
          'Type=oneshot',
          execStart(facts, [
            ...['renew', '--all'],
            ...option('--profile', ...facts.profiles),
            ...option('--metrics-file', facts.metricsFile),
            ...option('--push-gateway', facts.pushGateway),
          ]),
          'TimeoutStartSec=15min',
          ...runsAs(facts),
          ...surroundings(facts),
          '# Certificates are for those who serve them; keys have mode 0600 whatever the mask is.',
          'UMask=0022',
          ...sandbox({ isRoot: facts.user === 'root', writablePaths: writablePaths(facts) }),
        ],
      },
    ],
  )
}

function renewTimer({ version }: ServiceFacts): GeneratedFile {
  return unitFile(
    timer,
    [`Made by certctl ${version}. To change it: systemctl edit ${timer}`],
    [
      {
        name: 'Unit',
        lines: [
          'Description=Looks every hour for certificates of certctl that are due',
          'Documentation=man:certctl-renew(1)',
        ],
      },
      {
        name: 'Timer',
        lines: [
          '# Hosts spread over the hour, each always at its own moment; a run that was missed is made up for.',
          'OnCalendar=hourly',
          'RandomizedDelaySec=1h',
          'FixedRandomDelay=yes',
          'AccuracySec=1min',
          'Persistent=yes',
        ],
      },
      { name: 'Install', lines: ['WantedBy=timers.target'] },
    ],
  )
}
