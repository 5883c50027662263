import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { messages, until } from '../e2e/support/keep-alive.ts'
import { type Scene, test } from '../e2e/support/scene.ts'
import { hasPrograms, Service } from './service.ts'

const systemd = '/lib/systemd/systemd'
const repository = fileURLToPath(new URL('../..', import.meta.url))

/** It boots an init system as root, which nobody should find out by running all tests: it has to be asked for. */
function canRunSystemd(): boolean {
  if (!process.env.CERTCTL_TEST_SYSTEMD) {
    process.stderr.write('NOT RUN: tests under systemd; CERTCTL_TEST_SYSTEMD=1 runs them\n')
    return false
  }
  if (!hasPrograms('systemd', 'systemctl', 'unshare')) return false
  const isFree = process.getuid?.() === 0 && existsSync(systemd) && !existsSync('/run/systemd/system')
  if (!isFree) process.stderr.write('NOT RUN: a systemd of its own needs root, and a host without one\n')
  return isFree
}

/**
 * Shuts a systemd in: /run and /tmp are its own, all else but the scene can only be read, and the targets that would set
 * up a host (and clean its /tmp) are masked.
 */
async function cage(scene: Scene): Promise<string> {
  const kept = [dirname(scene.path()), repository].map((path) => path.replace(/\/$/, ''))
  const console = await scene.write('console', '')
  const cmdline = await scene.write('cmdline', '')
  return `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system ${kept.map((_, index) => `/run/kept/${index}`).join(' ')}
cp '${scene.path('systemd')}'/* /run/systemd/system
for unit in sysinit.target basic.target rescue.target rescue.service emergency.target emergency.service; do
  ln -s /dev/null /run/systemd/system/$unit
done
${kept.map((path, index) => `mount --bind '${path}' /run/kept/${index}`).join('\n')}
mount -t tmpfs tmpfs /tmp
for point in $(awk '$2 !~ "^/(proc|sys|dev|run|tmp)(/|$)" { print $2 }' /proc/self/mounts); do
  mount -o remount,bind,ro $point
done
${kept.map((path, index) => `mkdir -p '${path}'; mount --bind /run/kept/${index} '${path}'; umount /run/kept/${index}`).join('\n')}
mount -o remount,bind,ro '${kept[1]}'
mount --bind '${console}' /dev/console
mount --bind '${cmdline}' /proc/cmdline
export container=test
`
}

/** Whoever asks it has to be inside: a oneshot unit that runs the steps. */
async function underSystemd(scene: Scene, unit: string, steps: string): Promise<string> {
  const service = await Service.create(scene)
  const results = scene.path('results')
  const alone = '[Unit]\nDefaultDependencies=no\n'
  const reload = 'ExecReload=/bin/kill -HUP $MAINPID'
  const script = await scene.write('steps', `exec >'${results}'\n${steps}\n`)
  await scene.write('systemd/certctl.service', `${alone}[Service]\nExecStart=${service.script}\n${reload}\n${unit}\n`)
  await scene.write('systemd/steps.service', `${alone}[Service]\nType=oneshot\nExecStart=/bin/sh ${script}\n`)
  await scene.write('systemd/only.target', `${alone}AllowIsolate=yes\nWants=steps.service\n`)
  const run = `exec ${systemd} --system --unit=only.target --log-target=console --show-status=0\n`
  const start = await scene.write('start', (await cage(scene)) + run)
  const namespaces = ['--pid', '--fork', '--mount', '--ipc', '--uts', '--mount-proc', '--kill-child']
  const inside = service.supervise('unshare', [...namespaces, 'sh', start])
  await until(async () => (await readFile(results, 'utf8').catch(() => '')).includes('done'), { patience: 40_000 })
  inside.kill('SIGKILL')
  await service.untilNothingIsLeft()
  return readFile(results, 'utf8')
}

const show = 'echo --; systemctl show certctl --property=ActiveState,Result,NRestarts,ExecMainStatus,StatusText'

/** What `show` told, one after the other. */
function shown(results: string): readonly Readonly<Record<string, string>>[] {
  const blocks = results.split('--\n').slice(1)
  return blocks.map(
    (block) =>
      Object.fromEntries(
        block.split('\n').flatMap((line) => [...line.matchAll(/^(\w+)=(.*)$/g)].map(([, key, value]) => [key, value])),
      ) as Record<string, string>,
  )
}

const good = { Result: 'success', NRestarts: '0', ExecMainStatus: '0' }

describe.skipIf(!canRunSystemd())('under systemd', () => {
  test('it is started when the token is proven, reloaded, watched over, and stopped with 0', async ({ scene }) => {
    // The sleep is longer than the watchdog's patience.
    const steps = `
systemctl start certctl && ${show}
systemctl reload certctl && sleep 3 && ${show}
systemctl stop certctl && ${show}
echo done`
    const states = shown(await underSystemd(scene, 'Type=notify\nNotifyAccess=all\nWatchdogSec=2', steps))
    const status = expect.stringMatching(/^1 token ready; next renewal \S+ \(vault\); \d+ s left/) as string
    expect(states).toEqual([
      { ...good, ActiveState: 'active', StatusText: status },
      { ...good, ActiveState: 'active', StatusText: status },
      { ...good, ActiveState: 'inactive', StatusText: '' },
    ])
    const log = (await readFile(scene.path('log'), 'utf8')).split('\n').slice(0, -1)
    const told = log.map((line) => (JSON.parse(line) as { message: string }).message)
    expect(told.filter((message) => message === messages.renewed)).toHaveLength(1)
    expect(told.at(-1)).toBe(messages.stopped)
  })

  test('it is not started while the token is unproven, and what it waits for is shown', async ({ scene }) => {
    await scene.vault.seal()
    const steps = `
systemctl start --no-block certctl
until systemctl show certctl --property=StatusText | grep -q ready; do sleep 0.1; done
${show}
systemctl stop certctl && ${show}
echo done`
    expect(shown(await underSystemd(scene, 'Type=notify\nNotifyAccess=all', steps))).toEqual([
      {
        ...good,
        ActiveState: 'activating',
        StatusText: expect.stringContaining('1 of 1 token not ready: vault waiting (') as string,
      },
      { ...good, ActiveState: 'inactive', StatusText: '' },
    ])
  })

  test('an end that no restart can mend stays one', async ({ scene }) => {
    await scene.vault.revokeToken(scene.token)
    const unit = 'Type=exec\nRestart=on-failure\nRestartSec=0\nRestartPreventExitStatus=2 3 4 6'
    const steps = `
systemctl start certctl
while systemctl is-active --quiet certctl; do sleep 0.1; done
sleep 1; ${show}
echo done`
    expect(shown(await underSystemd(scene, unit, steps))).toEqual([
      { Result: 'exit-code', NRestarts: '0', ExecMainStatus: '4', ActiveState: 'failed', StatusText: '' },
    ])
  })
})
