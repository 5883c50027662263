import { lstat, mkdir, readFile, readlink } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { canBeUnprivileged, isRoot, unprivileged } from './support/launchers.ts'
import { like } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { test } from './support/scene.ts'

const bare = { env: { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined } }
const sidecar = ['--image', 'certctl:1', '--app-image', 'app:1', '--address', 'https://vault.test:8200']

describe.concurrent('every generator', () => {
  test.for([
    ['systemd', 'certctl-keep-alive.service'],
    ['cron', 'certctl'],
    ['kubernetes', 'certctl.yaml'],
    ['alerts', 'certctl.rules.yml'],
    ['dashboard', 'certctl-dashboard.json'],
  ] as const)('prints, documents and writes the same: %s', async ([kind, name], { scene }) => {
    const args = [
      'generate',
      kind,
      ...(kind === 'kubernetes' ? sidecar : []),
      ...(kind === 'systemd' ? ['--program', '/usr/bin/certctl'] : []),
    ]
    const printed = await scene.run(args, bare)
    expect(printed).toMatchObject({ code: 0, stderr: '' })
    const { files } = (await scene.run([...args, '--json'], bare)).json()
    expect(files).toEqual([{ name, content: printed.stdout }])
    expect(await scene.run([...args, '--out', '.'], bare)).toMatchObject({
      code: 0,
      stdout: `written  ${scene.path(name)}\n`,
    })
    expect(await readFile(scene.path(name), 'utf8')).toBe(printed.stdout)
    expect((await lstat(scene.path(name))).mode & 0o777).toBe(0o644)
    expect(scene.vault.requests).toEqual([])
  })

  test('leaves a file that is as it should be', async ({ scene }) => {
    const args = ['generate', 'alerts', '--out', '.']
    await scene.run(args, bare)
    const before = await lstat(scene.path('certctl.rules.yml'))
    expect(await scene.run(args, bare)).toMatchObject({
      code: 0,
      stdout: `unchanged  ${scene.path('certctl.rules.yml')}\n`,
    })
    expect((await lstat(scene.path('certctl.rules.yml'))).ino).toBe(before.ino)
  })

  test('replaces a file that differs only when it is told to, and then all or none', async ({ scene }) => {
    await scene.write('certctl-renew.timer', 'my own\n', 0o644)
    const args = ['generate', 'systemd', 'renew', '--write', '/etc/tls', '--out', '.']
    expect(await refusal(scene, args, bare)).toMatchObject({
      exitCode: 7,
      code: 'exists',
      hint: '--force replaces it',
      path: scene.path('certctl-renew.timer'),
    })
    expect(await scene.run([...args, '--force'], bare)).toMatchObject({ code: 0 })
    expect(await readFile(scene.path('certctl-renew.timer'), 'utf8')).toContain('OnCalendar=')
  })

  test('needs the directory to be there', async ({ scene }) => {
    expect(await refusal(scene, ['generate', 'alerts', '--out', 'nowhere'], bare)).toMatchObject({
      exitCode: 7,
      code: 'not-found',
    })
  })
})

describe.concurrent('usage', () => {
  test.for([
    ['generate launchd', /launchd/],
    ['generate systemd apply', /apply/],
    ['generate systemd --user a/b', /--user a\/b/],
    ['generate systemd --write etc/tls', /--write etc\/tls/],
    ['generate systemd --profile a,b', /--profile a,b/],
    ['generate systemd renew --metrics-listen 9187', /--metrics-listen/],
    ['generate systemd renew --profile a --profile b', /--profile/],
    ['generate systemd --force', /--force|--out/],
    ['generate cron --crontab --user me', /--crontab|--user/],
    ['generate kubernetes sidecar --image a --address https://vault.test', /--app-image/],
    ['generate kubernetes renew --image a --name Web --address https://vault.test', /--name Web/],
    ['generate kubernetes sidecar --image a --app-image b --address https://v --push-gateway http://g', /cron job/],
    ['generate cron --push-gateway gateway.test', /--push-gateway gateway.test/],
    ['generate alerts --job "', /--job/],
  ] as const)('is 2: %s', async ([line, message], { scene }) => {
    const error = await refusal(scene, line.split(' '), bare)
    expect(error).toMatchObject({ exitCode: 2, code: 'usage' })
    expect(error.message).toMatch(message)
  })

  test('a Kubernetes pod without an address is 3', async ({ scene }) => {
    const error = await refusal(scene, ['generate', 'kubernetes'], bare)
    expect(error).toMatchObject({ exitCode: 3, message: 'addr is required' })
  })
})

describe.concurrent('generate cron', () => {
  const command = (crontab: string): string => {
    const [line = ''] = crontab.split('\n').filter((text) => /^\d/.test(text))
    // What crond takes from the line: after the five fields of time, with \% for a percent sign.
    return line.replace(/^(?:\S+ ){5} /, '').replaceAll(String.raw`\%`, '%')
  }

  test('makes a line that renews what is due, as cron runs it', async ({ scene }) => {
    const env = { CERTCTL_CONFIG_DIR: scene.path('100% config'), CERTCTL_STATE_DIR: scene.path('state') }
    await mkdir(env.CERTCTL_CONFIG_DIR)
    await scene.run(['issue', 'localhost', '--issuer', 'local', '--out', 'web', '--ttl', '2s'], { env })
    const before = await readlink(scene.path('web/.live'))
    const metrics = scene.path('100% metrics.prom')
    const args = ['generate', 'cron', '--crontab', '--metrics-file', metrics]
    const { stdout } = await scene.run(args, { env: { ...bare.env, ...env } })
    const variables = stdout.split('\n').flatMap((line) => [/^([A-Z_]+)=(.*)$/.exec(line) ?? []].filter(([all]) => all))
    const environment = Object.fromEntries(variables.map(([, name = '', value = '']) => [name, value]))
    const done = await promisify(execFile)('/bin/sh', ['-c', command(stdout)], {
      cwd: '/',
      env: { ...environment, HOME: scene.host.home },
    })
    // A life of seconds is warned of.
    expect(done).toEqual({ stdout: '', stderr: like(/^warning: .*due again at once/) })
    expect(await readlink(scene.path('web/.live'))).not.toBe(before)
    expect(await readFile(metrics, 'utf8')).toContain(
      'certctl_certificate_not_after_timestamp_seconds{name="localhost"}',
    )
  })

  test('names the user who runs it in a file for cron.d, and nobody in a crontab', async ({ scene }) => {
    const { stdout: file } = await scene.run(['generate', 'cron', '--user', 'web'], bare)
    expect(file).toMatch(/^\d+ \* \* \* \* {2}web {2}\S+node /m)
    const { stdout: own } = await scene.run(['generate', 'cron', '--crontab'], bare)
    expect(own).toMatch(/^\d+ \* \* \* \* {2}\S+node /m)
  })

  test.skipIf(!canBeUnprivileged() || !isRoot)('takes the user who asks when none is named', async ({ scene }) => {
    const program = await unprivileged(scene)
    const { stdout } = await scene.run(['generate', 'cron'], { ...bare, program })
    expect(stdout).toMatch(/^\d+ \* \* \* \* {2}nobody {2}/m)
  })
})
