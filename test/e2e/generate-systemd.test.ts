import { mkdir } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { ask } from '../support/outside-tool.ts'
import { type Scene, test } from './support/scene.ts'
import { messages, until } from './support/keep-alive.ts'
import { hasNotify, NotifyReceiver } from './support/notify-receiver.ts'

/** Nothing but what systemd would hand on. */
const bare = { env: { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined } }

/** Into `units`, a directory of their own. */
async function generate(scene: Scene, ...args: readonly string[]): Promise<void> {
  await mkdir(scene.path('units'), { recursive: true })
  const run = await scene.run(['generate', 'systemd', ...args, '--out', 'units'], bare)
  expect(run).toMatchObject({ code: 0 })
}

async function content(scene: Scene, ...args: readonly string[]): Promise<string> {
  const run = await scene.run(['generate', 'systemd', ...args], bare)
  expect(run).toMatchObject({ code: 0 })
  return run.stdout
}

const setups = [
  { name: 'keep-alive as it is', args: [], units: ['certctl-keep-alive.service'] },
  {
    name: 'keep-alive with all flags',
    args: [
      ...['keep-alive', '--user', 'vault-keeper', '--group', 'keepers', '--profile', 'prod', '--profile', 'lab'],
      ...['--metrics-listen', '[::1]:9187', '--metrics-file', '/var/lib/node exporter/certctl.prom'],
      ...['--load-credential', '/etc/certctl/50% "token"', '--write', '/run/app'],
    ],
    units: ['certctl-keep-alive.service'],
  },
  {
    name: 'keep-alive that notifies',
    args: ['--notify', '--profile', 'prod', '--metrics-listen', '127.0.0.1:9187'],
    units: ['certctl-keep-alive.service'],
  },
  { name: 'renew', args: ['renew', '--write', '/etc/tls'], units: ['certctl-renew.service', 'certctl-renew.timer'] },
  { name: 'renew as root', args: ['renew', '--user', 'root'], units: ['certctl-renew.service', 'certctl-renew.timer'] },
]

describe.concurrent('systemd', () => {
  test.for(setups)('knows every line of: $name', async ({ args, units }, { scene, skip }) => {
    await generate(scene, ...args)
    for (const unit of units) {
      const verify = ['verify', '--man=no', '--recursive-errors=yes', `./${unit}`]
      expect(await ask('systemd-analyze', verify, { cwd: scene.path('units'), skip })).toEqual({
        status: 0,
        output: '',
      })
    }
  })

  test.for(setups)('finds little to attack in: $name', async ({ args, units: [unit] }, { scene, skip }) => {
    await generate(scene, ...args)
    const most = args.includes('root') ? 24 : 17
    const security = ['security', '--offline=true', `--threshold=${most}`, '--no-pager', `./${String(unit)}`]
    const { status, output } = await ask('systemd-analyze', security, { cwd: scene.path('units'), skip })
    expect(output).toContain('Overall exposure level')
    expect(status, output).toBe(0)
  })
})

describe.concurrent('generate systemd', () => {
  test('starts what is running now when no other program is named', async ({ scene }) => {
    const unit = await content(scene, '--profile', 'prod')
    const [node, program, ...args] = execStart(unit)
    expect(node).toBe(process.execPath)
    expect(program).toMatch(/\/bin\/certctl\.cjs$/)
    expect(args).toEqual(['vault', 'keep-alive', '--profile', 'prod'])
  })

  test('makes a service whose command line keeps a token alive', async ({ scene }) => {
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--token-file', 'token'], bare)
    await scene.write('token', scene.token)
    const unit = await content(scene, '--profile', 'prod', '--metrics-listen', '127.0.0.1:0')
    const running = await scene.spawn(execStart(unit).slice(2), bare)
    expect(JSON.parse(await running.waitForLine(/loop started/))).toMatchObject({ message: messages.started })
    running.kill()
    expect(await running.ended).toMatchObject({ code: 0 })
  })

  test.skipIf(!hasNotify)(
    'makes a service that notifies as its unit says: READY, and the watchdog in time',
    async ({ scene }) => {
      await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--token-file', 'token'], bare)
      await scene.write('token', scene.token)
      const unit = await content(scene, '--profile', 'prod', '--notify')
      expect(unit).toMatch(/^Type=notify\nNotifyAccess=all$/m)
      const [, minutes] = /^WatchdogSec=(\d+)min$/m.exec(unit)!
      const receiver = await NotifyReceiver.start(scene.path('notify'))
      scene.atEnd(() => receiver.stop())
      const env = { ...bare.env, NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: `${Number(minutes) * 60_000_000}` }
      const running = await scene.spawn(execStart(unit).slice(2), { env })
      await until(() => receiver.states.includes('READY=1') && receiver.count('WATCHDOG=1') > 0)
      running.kill()
      expect(await running.ended).toMatchObject({ code: 0 })
    },
  )

  test('makes a service whose command line renews', async ({ scene }) => {
    const unit = await content(scene, 'renew')
    expect(await scene.run(execStart(unit).slice(2), bare)).toMatchObject({ code: 0, stderr: '' })
  })

  test('prints one file as it is to be, and several under their names', async ({ scene }) => {
    expect(await content(scene)).toMatch(/^# Made by certctl .*\n/)
    expect(await content(scene, 'renew')).toMatch(/^# certctl-renew\.service\n[^]*\n\n# certctl-renew\.timer\n/)
  })

  test('has a JSON document with each file', async ({ scene }) => {
    const run = await scene.run(
      ['generate', 'systemd', 'renew', '--program', '/usr/bin/certctl', '--write', '/etc/tls', '--json'],
      bare,
    )
    const { schema, files, warnings } = run.json() as {
      schema: number
      files: { name: string; content: string }[]
      warnings: string[]
    }
    expect(schema).toBe(1)
    expect(files.map(({ name }) => name)).toEqual(['certctl-renew.service', 'certctl-renew.timer'])
    expect(files[1]?.content).toMatch(/^OnCalendar=hourly$/m)
    expect(warnings).toEqual([])
  })

  test('takes a path in the one form that systemd does, and none that no line can hold', async ({ scene }) => {
    expect(await content(scene, '--load-credential', '/etc/certctl//./my token')).toMatch(
      /^LoadCredential=vault-token:\/etc\/certctl\/my token$/m,
    )
    const { code, stderr } = await scene.run(['generate', 'systemd', '--write', '/etc/tls\nUser=root'], bare)
    expect(code).toBe(2)
    expect(stderr).toMatch(/a character that cannot be printed/)
  })

  test('refuses to have a run notify that only ends', async ({ scene }) => {
    const { code, stderr } = await scene.run(['generate', 'systemd', 'renew', '--notify'], bare)
    expect(code).toBe(2)
    expect(stderr).toMatch(/--notify is for keep-alive/)
  })

  test('warns of certificates that the service could not write', async ({ scene }) => {
    const { stderr } = await scene.run(['generate', 'systemd', 'renew'], bare)
    expect(stderr).toMatch(/\/var\/lib\/certctl.*--write/)
  })

  test('warns of a program that the service could not see', async ({ scene }) => {
    const { code, stderr } = await scene.run(['generate', 'systemd', '--program', '/home/ops/bin/certctl'], bare)
    expect(code).toBe(0)
    expect(stderr).toMatch(/\/home\/ops\/bin\/certctl is hidden/)
  })
})

function execStart(unit: string): readonly string[] {
  return /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
}
