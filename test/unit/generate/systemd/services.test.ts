import { describe, expect, it } from 'vitest'
import { keepAliveService, type KeepAliveServiceFacts } from '../../../../src/generate/systemd/keep-alive-service.ts'
import { renewUnits } from '../../../../src/generate/systemd/renew-units.ts'
import type { ServiceFacts } from '../../../../src/generate/systemd/service.ts'

const facts: ServiceFacts = {
  version: '1.2.3',
  program: ['/usr/bin/node', '/opt/certctl/bin/certctl.cjs'],
  user: 'certctl',
  group: undefined,
  profiles: [],
  metricsFile: undefined,
  pushGateway: undefined,
  credential: undefined,
  writable: [],
}

const keepAlive = (change: Partial<KeepAliveServiceFacts> = {}): readonly string[] =>
  keepAliveService({ ...facts, metricsListen: undefined, isNotifying: false, ...change }).content.split('\n')

const renew = (change: Partial<ServiceFacts> = {}): readonly string[] =>
  renewUnits({ ...facts, ...change })[0]!.content.split('\n')

describe('the keep-alive service', () => {
  it('is started again after a crash however often, but not when somebody has to change something first', () => {
    expect(keepAlive()).toEqual(
      expect.arrayContaining([
        'Restart=on-failure',
        'StartLimitIntervalSec=0',
        'RestartPreventExitStatus=2 3 4 6',
        'ExecReload=/bin/kill -HUP $MAINPID',
      ]),
    )
  })

  it('is started with its program, and is nobody to wait for, unless it is to notify', () => {
    const unit = keepAlive()
    expect(unit.filter((line) => line.startsWith('Type='))).toEqual(['Type=exec'])
    expect(unit.filter((line) => /^(?:NotifyAccess|TimeoutStartSec|WatchdogSec)=/.test(line))).toEqual([])
  })

  it('that notifies may do so by a child, is waited for while the server is away, and is watched over', () => {
    const unit = keepAlive({ isNotifying: true })
    expect(unit.filter((line) => line.startsWith('Type='))).toEqual(['Type=notify'])
    expect(unit).toEqual(
      expect.arrayContaining([
        ...['NotifyAccess=all', 'TimeoutStartSec=infinity', 'WatchdogSec=2min'],
        ...['ExecReload=/bin/kill -HUP $MAINPID', 'Restart=on-failure'],
      ]),
    )
  })

  it('leaves the directory of sinks there for their readers when it stops', () => {
    expect(keepAlive()).toEqual(expect.arrayContaining(['RuntimeDirectory=certctl', 'RuntimeDirectoryPreserve=yes']))
  })

  it('names each profile', () => {
    expect(keepAlive({ profiles: ['prod', 'lab'] })).toContain(
      'ExecStart=/usr/bin/node /opt/certctl/bin/certctl.cjs vault keep-alive --profile prod --profile lab',
    )
  })

  it('has systemd hand over a token that only root can read', () => {
    const unit = keepAlive({ credential: '/etc/certctl/token' })
    expect(unit).toContain('LoadCredential=vault-token:/etc/certctl/token')
    expect(unit.join('\n')).not.toContain('CERTCTL_VAULT_TOKEN_FILE')
  })

  it('writes the path of that token without quotes, which systemd would look for in its name', () => {
    expect(keepAlive({ credential: '/etc/my 50% "token"' })).toContain(
      'LoadCredential=vault-token:/etc/my 50%% "token"',
    )
  })
})

describe('the renewal', () => {
  it('may write where certificates and metrics are, and starts also when one of these is missing', () => {
    const unit = renew({ writable: ['/etc/tls', '/srv/a b'], metricsFile: '/var/lib/node_exporter/certctl.prom' })
    expect(unit).toContain('ReadWritePaths=-/etc/tls "-/srv/a b" -/var/lib/node_exporter')
  })

  it('as root keeps what giving files to others needs, and no more', () => {
    expect(renew()).toEqual(expect.arrayContaining(['User=certctl', 'CapabilityBoundingSet=']))
    const unit = renew({ user: 'root' })
    expect(unit).toContain('CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER')
    expect(unit.join('\n')).not.toMatch(/^User=|useradd/m)
  })
})

describe('both', () => {
  it.each([
    ['keep-alive', keepAlive({ pushGateway: 'http://gateway.test/100%' })],
    ['renew', renew({ pushGateway: 'http://gateway.test/100%' })],
  ])('push their metrics where that is wished: %s', (_, unit) => {
    const [start] = unit.filter((line) => line.startsWith('ExecStart='))
    expect(start).toMatch(/ --push-gateway http:\/\/gateway\.test\/100%%$/)
  })

  it.each([
    ['keep-alive', keepAlive()],
    ['renew', renew()],
  ])('leave no core dump, and leave V8 its executable memory: %s', (_, unit) => {
    expect(unit).toContain('LimitCORE=0')
    expect(unit.filter((line) => line.startsWith('MemoryDenyWriteExecute'))).toEqual([])
  })
})
