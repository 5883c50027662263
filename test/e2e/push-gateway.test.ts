import { describe, expect } from 'vitest'
import { FakePushGateway } from '../support/fake-push-gateway.ts'
import { hasPushGateway, startPushGateway } from '../support/push-gateway.ts'
import { KeepAlive, until } from './support/keep-alive.ts'
import { type Scene, test } from './support/scene.ts'

interface Gateway {
  readonly address: string
  scrape(): Promise<string>
  stop(): Promise<void>
}

async function startFake(): Promise<Gateway> {
  const fake = await FakePushGateway.start()
  const scrape = () => Promise.resolve(fake.groups.flatMap((group) => fake.samples(group)).join('\n'))
  return { address: fake.address, scrape, stop: () => fake.stop() }
}

/** The first value of a series whose name and labels fit. */
function valueOf(text: string, pattern: RegExp): number | undefined {
  const line = text.split('\n').find((candidate) => pattern.test(candidate))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

const lastSuccessOfIssue = /^certctl_last_success_timestamp_seconds\{.*command="issue"/
const lastRunOfRenew = /^certctl_last_run_timestamp_seconds\{.*command="renew"/
const failures = /^certctl_issuance_total\{.*outcome="failure"/

describe.concurrent.for([
  ['the fake', true, startFake],
  ['a real one', hasPushGateway, startPushGateway],
] as const)('a Pushgateway: %s', ([, isThere, start]) => {
  async function gatewayOf(scene: Scene): Promise<Gateway> {
    const gateway = await start()
    scene.atEnd(() => gateway.stop())
    return gateway
  }

  test.skipIf(!isThere)('keeps the last success and the runs of other commands', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const push = ['--push-gateway', gateway.address]
    expect(await scene.run(['issue', 'a.contract.test', ...push])).toMatchObject({ code: 0, stderr: '' })
    expect(await scene.run(['renew', 'a.contract.test', ...push])).toMatchObject({ code: 0, stderr: '' })
    const before = await gateway.scrape()
    expect((await scene.run(['issue', 'b.contract.test', '--role', 'nope', ...push])).code).toBe(4)
    const after = await gateway.scrape()
    expect(valueOf(after, lastSuccessOfIssue)).toBeGreaterThan(0)
    expect(valueOf(after, lastSuccessOfIssue)).toBe(valueOf(before, lastSuccessOfIssue))
    expect(valueOf(after, lastRunOfRenew)).toBe(valueOf(before, lastRunOfRenew))
    expect([valueOf(before, failures), valueOf(after, failures)]).toEqual([undefined, 1])
  })

  test.skipIf(!isThere)('takes what keep-alive pushes', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const keepAlive = await KeepAlive.started(scene, ['--push-gateway', gateway.address])
    const renewals = /^certctl_vault_token_renewals_total\{.*result="success"/
    await until(async () => valueOf(await gateway.scrape(), renewals) === 0)
    keepAlive.signal('SIGUSR2')
    await until(async () => valueOf(await gateway.scrape(), renewals) === 1)
    expect(keepAlive.log.filter(({ level }) => level === 'warn')).toEqual([])
    expect(await gateway.scrape()).not.toContain(scene.token)
    await keepAlive.stop()
  })
})
