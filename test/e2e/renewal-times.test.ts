import { describe, expect } from 'vitest'
import { status } from '../support/faults.ts'
import { like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

interface Result {
  readonly action: string
  readonly reason: string
  readonly nextRenewalAt?: string
  readonly lastError?: Record<string, unknown>
}

async function renew(scene: Scene, ...args: readonly string[]): Promise<{ code: number | null; first: Result }> {
  const run = await scene.run(['renew', 'web', ...args, '--json'])
  return { code: run.code, first: (run.json() as { results: Result[] }).results[0]! }
}

/** Of the local day, an hour that is not soon: in six hours. */
function farWindow(): string {
  const hour = (new Date().getHours() + 6) % 24
  return `${hour}:00-${hour}:59`
}

describe.concurrent('a renewal', () => {
  test('is spread, and its time is the same each time it is told', async ({ scene }) => {
    const issued = await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web', '--ttl', '90d', '--json'])
    const { nextRenewalAt, certificate } = issued.json() as { nextRenewalAt: string; certificate: { notAfter: string } }
    const runs = [await renew(scene), await renew(scene)]
    expect(runs.map(({ first }) => first.nextRenewalAt)).toEqual([nextRenewalAt, nextRenewalAt])
    const daysLeft = (Date.parse(certificate.notAfter) - Date.parse(nextRenewalAt)) / 86_400_000
    expect(daysLeft).toBeLessThan(30.01)
    expect(daysLeft).toBeGreaterThan(26.9)
  })

  test('goes by what was told when it was issued', async ({ scene }) => {
    const args = ['issue', 'web.corp', '--issuer', 'local', '--out', 'web', '--ttl', '90d']
    await scene.run([...args, '--renew-before', '99.9%'])
    expect((await renew(scene)).first.action).toBe('not-due')
    await scene.run([...args, '--force', '--renew-before', '100d'])
    expect((await renew(scene)).first.action).toBe('renewed')
  })

  test('waits for its window, unless it is forced', async ({ scene }) => {
    await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web', '--window', farWindow()])
    const waiting = await renew(scene, '--renew-before', '99.99999%')
    expect(waiting).toMatchObject({
      code: 0,
      first: { action: 'not-due', reason: like(/waits for its maintenance window/) },
    })
    expect(Date.parse(waiting.first.nextRenewalAt!) - Date.now()).toBeLessThan(8 * 3_600_000)
    expect((await renew(scene, '--force')).first.action).toBe('renewed')
  })

  test('that failed is put off after the second time, says so, and is forced', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test', '--out', 'web'])
    const due = ['--renew-before', '999d', '--max-retries', '0']
    scene.vault.faults.on(/sign/, status(503))
    expect(await renew(scene, ...due)).toMatchObject({ code: 5, first: { action: 'failed' } })
    expect(await renew(scene, ...due)).toMatchObject({ code: 5, first: { action: 'failed' } })
    scene.vault.faults.clear()
    const waiting = await renew(scene, ...due)
    expect(waiting).toMatchObject({
      code: 0,
      first: {
        action: 'not-due',
        reason: like(/2 tries failed, the last by: .*; next try from/),
        lastError: { message: like(/./) },
      },
    })
    const wait = Date.parse(waiting.first.nextRenewalAt!) - Date.now()
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(300_000)
    const seen = (await scene.run(['status', 'web', '--renew-before', '999d', '--json'])).json()
    expect(seen['certificates']).toMatchObject([
      { nextRenewalAt: waiting.first.nextRenewalAt, lastError: { message: like(/./) } },
    ])
    expect(await renew(scene, '--force')).toMatchObject({ code: 0, first: { action: 'renewed' } })
    expect((await renew(scene)).first.lastError).toBeUndefined()
  })
})
