import { hostname } from 'node:os'
import { readFile, rm } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { FakePushGateway } from '../support/fake-push-gateway.ts'
import { parseSeries } from '../support/keep-alive-run.ts'
import { anyNumber, containing, near } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const lastRun = (command: string) => `certctl_last_run_timestamp_seconds{command="${command}"}`
const lastSuccess = (command: string) => `certctl_last_success_timestamp_seconds{command="${command}"}`
const notAfter = (name: string) => `certctl_certificate_not_after_timestamp_seconds{name="${name}"}`

async function seriesIn(scene: Scene, file = 'certctl.prom'): Promise<Readonly<Record<string, number>>> {
  return parseSeries(await readFile(scene.path(file), 'utf8'))
}

const toFile = ['--metrics-file', 'certctl.prom']

describe.concurrent('the metrics file of runs', () => {
  test('tells when a command ran and when it succeeded', async ({ scene }) => {
    expect(await scene.run(['issue', 'a.contract.test', ...toFile])).toMatchObject({ code: 0, stderr: '' })
    const now = Date.now() / 1000
    expect(await seriesIn(scene)).toMatchObject({
      [lastRun('issue')]: near(now, -2),
      [lastSuccess('issue')]: near(now, -2),
    })
  })

  test('keeps the last success through a failed run', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test', ...toFile])
    const before = await seriesIn(scene)
    expect((await scene.run(['issue', 'b.contract.test', '--role', 'nope', ...toFile])).code).toBe(4)
    const after = await seriesIn(scene)
    expect(after[lastSuccess('issue')]).toBe(before[lastSuccess('issue')])
    expect(after[lastRun('issue')]).toBeGreaterThan(before[lastRun('issue')]!)
    expect(after[notAfter('a.contract.test')]).toBe(before[notAfter('a.contract.test')])
  })

  test('is shared by commands: each keeps what the others told', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test', ...toFile])
    await scene.run(['issue', 'b.contract.test', ...toFile])
    expect(await scene.run(['renew', 'a.contract.test', ...toFile])).toMatchObject({ code: 0, stderr: '' })
    expect(await seriesIn(scene)).toMatchObject({
      [lastSuccess('issue')]: anyNumber,
      [lastSuccess('renew')]: anyNumber,
      [notAfter('a.contract.test')]: anyNumber,
      [notAfter('b.contract.test')]: anyNumber,
    })
  })

  test('loses nothing when two commands write it at once', async ({ scene }) => {
    const names = ['a', 'b', 'c', 'd'].map((name) => `${name}.contract.test`)
    await Promise.all(names.map((name) => scene.run(['issue', name, ...toFile])))
    expect(Object.keys(await seriesIn(scene))).toEqual(expect.arrayContaining(names.map(notAfter)))
  })

  test('forgets with renew --all what is not there any more', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test', ...toFile])
    await scene.run(['issue', 'gone.contract.test', ...toFile])
    await rm(scene.path('gone.contract.test'), { recursive: true })
    const failed = await scene.run(['renew', '--all', ...toFile])
    expect(await seriesIn(scene)).toHaveProperty([notAfter('gone.contract.test')])
    await rm(/forget it with: rm (\S+)/.exec(failed.stderr)![1]!)
    expect((await scene.run(['renew', '--all', ...toFile])).code).toBe(0)
    const all = await seriesIn(scene)
    expect(all).toHaveProperty([notAfter('a.contract.test')])
    expect(all).not.toHaveProperty([notAfter('gone.contract.test')])
  })

  test('forgets no certificate that renew --all failed at', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test', ...toFile])
    await scene.run(['issue', 'b.contract.test', ...toFile])
    await rm(scene.path('b.contract.test/.certctl'), { recursive: true })
    expect((await scene.run(['renew', '--all', ...toFile])).code).toBe(9)
    const all = await seriesIn(scene)
    expect(all).toHaveProperty([notAfter('b.contract.test')])
    expect(all).toHaveProperty([lastRun('renew')])
    expect(all).not.toHaveProperty([lastSuccess('renew')])
  })

  test('tells of no run that was dry', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test'])
    await scene.run(['renew', 'a.contract.test', '--dry-run', ...toFile])
    expect(await seriesIn(scene)).not.toHaveProperty([lastRun('renew')])
  })

  test('leaves out what another file of the directory has, and says so', async ({ scene }) => {
    await scene.run(['issue', 'a.contract.test', '--metrics-file', 'one.prom'])
    const run = await scene.run(['renew', 'a.contract.test', '--metrics-file', 'two.prom'])
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: 2 series such as \S+ left out of two.prom: one.prom has it already/)
    const [one, two] = [await seriesIn(scene, 'one.prom'), await seriesIn(scene, 'two.prom')]
    expect(Object.keys(two).filter((series) => series in one)).toEqual([])
    expect(two).toHaveProperty([lastSuccess('renew')])
  })

  test('of keep-alive --once tells of the run, too', async ({ scene }) => {
    expect(await scene.run(['vault', 'keep-alive', '--once', ...toFile])).toMatchObject({ code: 0 })
    expect(await seriesIn(scene)).toMatchObject({
      [lastSuccess('vault keep-alive')]: anyNumber,
      'certctl_vault_token_renewals_total{result="success"}': 1,
    })
  })
})

async function gatewayOf(scene: Scene): Promise<FakePushGateway> {
  const gateway = await FakePushGateway.start()
  scene.atEnd(() => gateway.stop())
  return gateway
}

describe.concurrent('--push-gateway of runs', () => {
  const group = (command: string) => `job/certctl/instance/${hostname()}/command/${command}`

  test('pushes the series of the file to a group of the command, and no credential', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const run = await scene.run(['issue', 'a.contract.test', '--push-gateway', gateway.address, ...toFile])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(gateway.pushes).toMatchObject([{ method: 'POST', headers: { 'content-type': containing('text/plain') } }])
    expect(JSON.stringify(gateway.pushes)).not.toContain(scene.token)
    expect(Object.keys(gateway.pushes[0]!.headers).filter((name) => name.startsWith('x-'))).toEqual([])
    expect(parseSeries(gateway.samples(group('issue')).join('\n'))).toEqual(await seriesIn(scene))
  })

  test('keeps the last success through a failed run, and commands apart', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const push = ['--push-gateway', gateway.address]
    await scene.run(['issue', 'a.contract.test', ...push])
    await scene.run(['renew', 'a.contract.test', ...push])
    await scene.run(['issue', 'b.contract.test', '--role', 'nope', ...push])
    expect(gateway.groups).toEqual([group('issue'), group('renew')])
    const samples = gateway.samples(group('issue')).join('\n')
    expect(samples).toContain(lastSuccess('issue'))
    expect(samples).toContain('outcome="failure"')
  })

  test('takes the grouping key of the URL where it has one', async ({ scene }) => {
    const gateway = await gatewayOf(scene)
    const address = `${gateway.address}/metrics/job/ci/pipeline/7`
    await scene.run(['issue', 'a.contract.test', '--push-gateway', address])
    expect(gateway.groups).toEqual(['job/ci/pipeline/7'])
  })

  test.for([
    ['is down', undefined, 'connection refused'],
    ['answers 500', 500, 'status 500: out of disk'],
    ['answers 400', 400, 'status 400: out of disk'],
    ['redirects to another host', 302, 'redirect'],
  ] as const)('that %s is a warning, and the run counts', async ([, code, said], { scene }) => {
    const gateway = await gatewayOf(scene)
    const { address } = gateway
    if (code === undefined) await gateway.stop()
    gateway.answer = (_, response) => {
      response.writeHead(code ?? 500, { location: 'http://127.0.0.2:1/' }).end('out of disk\nmore')
      return true
    }
    const run = await scene.run(['issue', 'a.contract.test', '--push-gateway', address])
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: the metrics cannot be pushed: /)
    expect(run.stderr).toContain(said)
  })

  test('refuses a user and a password, and shows neither', async ({ scene }) => {
    const run = await scene.run(['issue', 'a.contract.test', '--push-gateway', 'http://me:s3cret@127.0.0.1:9091'])
    expect(run.code).toBe(3)
    expect(run.stderr).toContain('--push-gateway is invalid: the address has a user or password in it')
    expect(run.stderr).not.toContain('s3cret')
    expect((await scene.run(['issue', 'a.contract.test', '--push-gateway', 'gateway'])).code).toBe(2)
  })
})
