import { execFileSync } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { messages, until } from '../e2e/support/keep-alive.ts'
import { test } from '../e2e/support/scene.ts'
import { silence } from '../support/faults.ts'
import { ended, hasPrograms, Service } from './service.ts'

const renewal = 'auth/token/renew-self'

describe.skipIf(!hasPrograms('runit', 'runsv', 'sv')).concurrent('under runit', () => {
  test('it stops with 0 when it is told to, comes back when it is told to, and leaves nothing', async ({ scene }) => {
    const service = await Service.create(scene)
    await scene.write('service/finish', `#!/bin/sh\necho "$1 $2" >>'${scene.path('finished')}'\n`, 0o755)
    const runsv = service.supervise('runsv', [service.directory])
    await service.waitFor(messages.started)
    execFileSync('sv', ['-w', '5', 'down', service.directory])
    expect(await readFile(scene.path('finished'), 'utf8')).toBe('0 0\n')
    expect(await service.processes()).toEqual([])
    execFileSync('sv', ['-w', '5', 'up', service.directory])
    await service.waitFor(messages.started, 2)
    runsv.kill('SIGTERM')
    await service.untilNothingIsLeft()
  })

  test('it is hung up on to reload, and renews', async ({ scene }) => {
    const service = await Service.create(scene)
    const runsv = service.supervise('runsv', [service.directory])
    await service.waitFor(messages.started)
    execFileSync('sv', ['hup', service.directory])
    await service.waitFor(messages.renewed)
    runsv.kill('SIGTERM')
    await service.untilNothingIsLeft()
  })
})

describe.skipIf(!hasPrograms('s6', 's6-supervise', 's6-svc', 's6-svwait')).concurrent('under s6', () => {
  test('it stops with 0, also in the middle of a request, and leaves nothing', async ({ scene }) => {
    const service = await Service.create(scene)
    await scene.write('service/finish', `#!/bin/sh\necho "$1 $2" >>'${scene.path('finished')}'\n`, 0o755)
    service.supervise('s6-supervise', [service.directory])
    await service.waitFor(messages.started)
    scene.vault.faults.on(renewal, silence())
    execFileSync('s6-svc', ['-2', service.directory])
    await until(() => scene.vault.requestsTo(renewal).length > 0)
    execFileSync('s6-svc', ['-wD', '-T', '10000', '-d', service.directory])
    expect(await readFile(scene.path('finished'), 'utf8')).toBe('0 0\n')
    expect(await service.processes()).toEqual([])
    execFileSync('s6-svc', ['-x', service.directory])
    await service.untilNothingIsLeft()
  })
})

describe.skipIf(!hasPrograms('supervisor', 'supervisord', 'supervisorctl')).concurrent('under supervisord', () => {
  test('it stops with 0 and leaves nothing, and an end by a refusal is final', async ({ scene }) => {
    const service = await Service.create(scene)
    const configuration = await scene.write(
      'supervisord.conf',
      `[unix_http_server]
file=${scene.path('supervisor.sock')}
[supervisord]
nodaemon=true
logfile=${scene.path('supervisord.log')}
pidfile=${scene.path('supervisord.pid')}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${scene.path('supervisor.sock')}
[program:certctl]
command=${service.script}
autorestart=unexpected
exitcodes=0,2,3,4,6
startsecs=0
`,
    )
    const control = (...args: readonly string[]) =>
      execFileSync('supervisorctl', ['-c', configuration, ...args], { encoding: 'utf8' })
    const supervisord = service.supervise('supervisord', ['-c', configuration])
    await service.waitFor(messages.started)
    await until(async () => (await stat(scene.path('supervisor.sock')).catch(() => undefined)) !== undefined)
    expect(control('stop', 'certctl')).toContain('stopped')
    expect(await readFile(scene.path('supervisord.log'), 'utf8')).toMatch(/stopped: certctl \(exit status 0\)/)
    expect(await service.processes()).toEqual([])
    control('start', 'certctl')
    await service.waitFor(messages.started, 2)
    await scene.vault.revokeToken(scene.token)
    control('signal', 'USR2', 'certctl')
    await service.waitFor(messages.expired)
    await until(async () =>
      /exited: certctl \(exit status 4; expected\)/.test(await readFile(scene.path('supervisord.log'), 'utf8')),
    )
    supervisord.kill('SIGTERM')
    await service.untilNothingIsLeft()
  })
})

const asFirstProcess = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child']

describe.skipIf(!hasPrograms('util-linux', 'unshare')).concurrent('as the first process of a container', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)('it stops with 0 on %s and leaves nothing', async (signal, { scene }) => {
    const service = await Service.create(scene)
    const unshare = service.supervise('unshare', [...asFirstProcess, service.script])
    await service.waitFor(messages.started)
    const [pid] = await service.processes()
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^NSpid:\t\d+(?:\t\d+)*\t1$/m)
    process.kill(pid!, signal)
    expect(await ended(unshare)).toBe(0)
    await service.untilNothingIsLeft()
  })

  test('it stops while the server does not answer', async ({ scene }) => {
    scene.vault.faults.on('auth/token/lookup-self', silence())
    const service = await Service.create(scene)
    const unshare = service.supervise('unshare', [...asFirstProcess, service.script])
    await until(() => scene.vault.requestsTo('auth/token/lookup-self').length > 0)
    const [pid] = await service.processes()
    process.kill(pid!, 'SIGTERM')
    expect(await ended(unshare)).toBe(0)
  })
})
