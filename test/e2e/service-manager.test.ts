import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { silence } from '../support/faults.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { containing } from './support/matchers.ts'
import { hasNotify, NotifyReceiver } from './support/notify-receiver.ts'
import { type Scene, test } from './support/scene.ts'

const untold = 'the service manager cannot be told'

async function receiverOf(scene: Scene): Promise<NotifyReceiver> {
  const receiver = await NotifyReceiver.start(scene.path('notify'))
  scene.atEnd(() => receiver.stop())
  return receiver
}

/** The processes whose parent is that one. */
async function childrenOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter((child) => child !== '')
}

describe.skipIf(!hasNotify).concurrent('the service manager', () => {
  test('hears READY once the token is proven, with a status, and STOPPING', async ({ scene }) => {
    const receiver = await receiverOf(scene)
    const keepAlive = await KeepAlive.started(scene, [], { env: { NOTIFY_SOCKET: receiver.path } })
    await until(() => receiver.states.includes('READY=1'))
    expect(receiver.messages[0]).toEqual([
      'READY=1',
      expect.stringMatching(/^STATUS=1 token ready; next renewal \S+Z \(vault\); 3[56]\d\d s left until \S+Z$/),
    ])
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    await until(() => receiver.states.length === 2)
    expect(receiver.states).toEqual(['READY=1', 'STOPPING=1'])
    expect(keepAlive.told).toEqual([messages.started, messages.stopped])
  })

  test('hears no READY while the token is unproven, but what is waited for', async ({ scene }) => {
    const receiver = await receiverOf(scene)
    await scene.vault.seal()
    const keepAlive = await KeepAlive.start(scene, [], { env: { NOTIFY_SOCKET: receiver.path } })
    await until(() => receiver.statuses.length > 0)
    expect(receiver.statuses[0]).toContain('1 of 1 token not ready')
    expect(receiver.states).toEqual([])
    await scene.vault.unseal()
    keepAlive.signal('SIGUSR2')
    await until(() => receiver.states.includes('READY=1'))
    await keepAlive.stop()
  })

  test('hears of a reload, when it began by the clock of the host, and that it is over', async ({ scene }) => {
    const receiver = await receiverOf(scene)
    const keepAlive = await KeepAlive.started(scene, [], { env: { NOTIFY_SOCKET: receiver.path } })
    await until(() => receiver.states.length === 1)
    const before = process.hrtime.bigint() / 1000n
    keepAlive.signal('SIGHUP')
    await until(() => receiver.states.length === 3)
    const after = process.hrtime.bigint() / 1000n
    expect(receiver.states).toEqual(['READY=1', 'RELOADING=1', 'READY=1'])
    const [, stamp = ''] = receiver.messages.find(([first]) => first === 'RELOADING=1') ?? []
    const at = BigInt(/^MONOTONIC_USEC=(\d+)$/.exec(stamp)![1]!)
    expect(at >= before && at <= after).toBe(true)
    await keepAlive.stop()
  })

  test('hears the watchdog twice as often as it wants to, from the process that it asks', async ({ scene }) => {
    const receiver = await receiverOf(scene)
    const env = { NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '1000000' }
    const asked = await KeepAlive.started(scene, [], { env })
    await until(() => receiver.count('WATCHDOG=1') >= 3)
    await asked.stop()
    const before = receiver.count('WATCHDOG=1')
    const other = await KeepAlive.started(scene, [], { env: { ...env, WATCHDOG_PID: '1' } })
    await until(() => receiver.states.length === 3)
    expect(receiver.count('WATCHDOG=1')).toBe(before)
    await other.stop()
  })

  test('that is not there is a warning, and hurts neither the loop nor the end', async ({ scene }) => {
    const keepAlive = await KeepAlive.started(scene, [], { env: { NOTIFY_SOCKET: scene.path('nobody') } })
    expect(await keepAlive.waitFor(untold)).toMatchObject({ level: 'warn', hint: containing('NotifyAccess=all') })
    keepAlive.signal('SIGUSR2')
    await keepAlive.waitFor(messages.renewed)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    expect(keepAlive.told.filter((message) => message === untold)).toHaveLength(1)
  })

  test('that cannot be told for want of systemd-notify is a warning', async ({ scene }) => {
    const env = { NOTIFY_SOCKET: scene.path('nobody'), PATH: scene.path() }
    const keepAlive = await KeepAlive.started(scene, [], { env })
    expect(await keepAlive.waitFor(untold)).toMatchObject({ cause: 'there is no systemd-notify' })
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('that does not take messages up holds no stop, and no child is left', async ({ scene }) => {
    const receiver = await receiverOf(scene)
    await scene.write('bin/systemd-notify', '#!/bin/sh\nexec sleep 60\n', 0o755)
    const env = { NOTIFY_SOCKET: receiver.path, PATH: `${scene.path('bin')}:${process.env.PATH}` }
    scene.vault.faults.on('auth/token/renew-self', silence())
    const keepAlive = await KeepAlive.started(scene, [], { env })
    await until(async () => (await childrenOf(keepAlive.pid)).length === 1)
    const [child] = await childrenOf(keepAlive.pid)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
    await until(async () => (await readFile(`/proc/${child}/stat`, 'utf8').catch(() => '')) === '')
  })
})
