import { readFile, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { colons, issue, renew, serial, statusOf } from './support/deployments.ts'
import { hook, linesOf, ReloadingServer } from './support/hooks.ts'
import { like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

describe.concurrent('a probe', () => {
  test('proves that the new certificate is served', async ({ scene }) => {
    await issue(scene, 'web')
    const server = await ReloadingServer.start(scene, 'web')
    const path = await hook(scene, 'hook', `touch ${scene.path('reload')}`)
    const reloading = reloadWhenTold(scene, server)
    const run = await renew(scene, 'web', '--force', '--deploy', path, '--probe', server.endpoint)
    expect(run).toMatchObject({
      code: 0,
      first: {
        action: 'renewed',
        deployment: { state: 'deployed', probes: [{ endpoint: server.endpoint, served: true }] },
      },
    })
    await reloading
  })

  test('takes back what is not served, reloads again, and lets the next run try again', async ({ scene }) => {
    const path = await hook(scene, 'hook', `echo "$CERTCTL_SERIAL" >> ${scene.path('log')}`)
    const flags = ['--deploy', path, '--combined-file', 'web.pem']
    await issue(scene, 'web', ...flags)
    const before = await serial(scene, 'web')
    const combined = await readFile(scene.path('web.pem'), 'utf8')
    const server = await ReloadingServer.start(scene, 'web')
    const probing = ['--probe', server.endpoint, '--probe-timeout', '1s']
    const run = await renew(scene, 'web', '--force', ...probing)
    expect(run).toMatchObject({
      code: 9,
      summary: { renewed: 0, failed: 1 },
      first: {
        action: 'failed',
        error: { code: 'probe-failed', exitCode: 9 },
        reason: like(/web went back to the certificate before, [0-9a-f:]+: with the new one, .* serves another/),
        deployment: {
          state: 'rolled-back',
          hooks: [{ exitCode: 0 }, { exitCode: 0 }],
          inPlace: { serial: colons(before), deploy: 'done' },
        },
      },
      stderr: like(
        /serves another certificate \(serial .*\), 1s after it was deployed\n.*hint: .*certctl renew .*web --force/,
      ),
    })
    expect(run.stderr).not.toContain('is published, but not deployed')
    expect(await serial(scene, 'web')).toBe(before)
    expect(await statusOf(scene)).toMatchObject([
      0,
      { deploy: 'done', serial: colons(before), lastError: { code: 'probe-failed', message: run.first.reason } },
    ])
    expect(await readFile(scene.path('web.pem'), 'utf8')).toBe(combined)
    const log = await linesOf(scene, 'log')
    expect(log).toHaveLength(3)
    expect(log[2]).toBe(log[0])
    expect(await renew(scene, 'web')).toMatchObject({
      code: 0,
      first: { action: 'not-due', deployment: { state: 'deployed', hooks: [] } },
    })
  })

  test('has the version before deployed until it holds too, and goes back no further', async ({ scene }) => {
    await issue(scene, 'web')
    await renew(scene, 'web', '--force')
    const before = await serial(scene, 'web')
    const server = await ReloadingServer.start(scene, 'web')
    const once = `test ! -e ${scene.path('ran')} || { echo no such service; exit 1; }; touch ${scene.path('ran')}`
    const flags = ['--deploy', await hook(scene, 'hook', once), '--probe', server.endpoint, '--probe-timeout', '1s']
    const run = await renew(scene, 'web', '--force', ...flags, '--metrics-file', 'web.prom')
    expect(run).toMatchObject({
      code: 9,
      first: {
        error: { code: 'probe-failed', message: like(/; the one before is not deployed either: .* no such service$/) },
        deployment: { state: 'rolled-back', inPlace: { serial: colons(before), deploy: 'pending' } },
      },
    })
    const metrics = await readFile(scene.path('web.prom'), 'utf8')
    expect(metrics).toContain('certctl_certificate_deploy_pending{name="web.corp"} 1')
    const { notAfter } = (await statusOf(scene))[1]!
    expect(metrics).toContain(
      `certctl_certificate_not_after_timestamp_seconds{name="web.corp"} ${Date.parse(notAfter) / 1000}`,
    )
    expect(await statusOf(scene)).toMatchObject([8, { deploy: 'pending', lastError: { code: 'hook-failed' } }])
    await rm(scene.path('ran'))
    await server.stop()
    expect(await renew(scene, 'web')).toMatchObject({
      code: 9,
      first: { deployment: { state: 'pending' } },
      stderr: like(/it was left as it is: it is what was gone back to/),
    })
    expect(await serial(scene, 'web')).toBe(before)
    await rm(scene.path('ran'))
    expect(await renew(scene, 'web', '--probe', '')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'deployed' } },
    })
    expect(await statusOf(scene)).toMatchObject([0, { deploy: 'done', lastError: { code: 'probe-failed' } }])
  })

  test('that fails again and again is asked ever later', async ({ scene }) => {
    await issue(scene, 'web')
    const server = await ReloadingServer.start(scene, 'web')
    const due = ['--renew-before', '200d']
    const flags = ['--probe', server.endpoint, '--probe-timeout', '1s']
    expect(await renew(scene, 'web', ...due, ...flags)).toMatchObject({ code: 9, first: { action: 'failed' } })
    expect(await renew(scene, 'web', ...due)).toMatchObject({ code: 9, first: { action: 'failed' } })
    expect(await renew(scene, 'web', ...due)).toMatchObject({
      code: 0,
      first: { action: 'not-due', reason: like(/2 tries failed, the last by: .* serves another .*; next try from/) },
    })
    const reloading = reloadWhenTold(scene, server)
    const path = await hook(scene, 'hook', `touch ${scene.path('reload')}`)
    expect(await renew(scene, 'web', '--force', '--deploy', path, '--probe-timeout', '30s')).toMatchObject({ code: 0 })
    await reloading
    expect((await statusOf(scene))[1]?.lastError).toBeUndefined()
  })

  test('takes back no certificate that has been in use', async ({ scene }) => {
    await issue(scene, 'web')
    await renew(scene, 'web', '--force', '--deploy', await hook(scene, 'hook', 'exit 0'))
    const before = await serial(scene, 'web')
    const probe = ['--probe', '127.0.0.1:9', '--probe-timeout', '1s']
    expect(await renew(scene, 'web', '--combined-file', 'web.pem', ...probe)).toMatchObject({
      code: 9,
      first: { deployment: { state: 'pending' } },
      stderr: like(/it was left as it is: it was in use before/),
    })
    expect(await serial(scene, 'web')).toBe(before)
  })

  test('leaves the first certificate in place, and its deployment owed', async ({ scene }) => {
    await issue(scene, 'old')
    const server = await ReloadingServer.start(scene, 'old')
    const run = await issue(scene, 'web', '--probe', server.endpoint, '--probe-timeout', '1s')
    expect(run).toMatchObject({
      code: 9,
      deployment: { state: 'pending', error: { code: 'probe-failed' } },
      stderr: like(/it was left as it is: there is no version before it/),
    })
    await server.stop()
    expect(await renew(scene, 'web')).toMatchObject({
      code: 9,
      first: {
        deployment: {
          state: 'pending',
          error: { message: like(/127\.0\.0\.1:\d+ did not answer: connection refused/) },
        },
      },
    })
  })
})

/** As a hook's signal would make it. */
async function reloadWhenTold(scene: Scene, server: ReloadingServer): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await readFile(scene.path('reload')).catch(() => undefined)) return server.reload()
    await wait(20)
  }
}
