import { execFileSync, spawnSync } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { parseFamilies } from '../../src/metrics/text-families.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { containing } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const promtool = spawnSync('promtool', ['--version'], { stdio: 'ignore' }).error === undefined
if (!promtool && process.env.CI) throw new Error('promtool is missing; Debian has it in the package prometheus')

/** All files of the directory as node_exporter merges them: one HELP and one TYPE a family where they are the same. */
async function merged(scene: Scene): Promise<string> {
  const names = (await readdir(scene.path())).filter((name) => name.endsWith('.prom'))
  const texts = await Promise.all(names.map((name) => readFile(scene.path(name), 'utf8')))
  const seen = new Set<string>()
  const lines = texts.join('').split('\n')
  return lines.filter((line) => !line.startsWith('#') || (!seen.has(line) && seen.add(line))).join('\n')
}

function check(text: string): string {
  return execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
}

/** promtool takes a series that is there twice, which node_exporter does not. */
function duplicates(text: string): readonly string[] {
  const all = [...parseFamilies(text).values()].flatMap(({ samples }) => samples.map(({ series }) => series))
  return all.filter((series, index) => all.indexOf(series) !== index)
}

describe.skipIf(!promtool)('several metrics files of one host, to promtool and node_exporter', () => {
  test('are one sound text: loops, runs, and those of another version', async ({ scene }) => {
    await scene.write(
      'old.prom',
      '# HELP certctl_issuance_total As an older version put it\n# TYPE certctl_issuance_total counter\ncertctl_issuance_total{issuer_type="local",outcome="success"} 3\n',
    )
    const first = await KeepAlive.started(scene, ['--metrics-file', 'first.prom'])
    const second = await KeepAlive.start(scene, ['--metrics-file', 'second.prom'])
    expect(
      await second.waitFor('series are left out of the metrics file: another file of its directory has them'),
    ).toMatchObject({ level: 'warn', path: 'second.prom', other: 'first.prom', hint: containing('one keep-alive') })
    await second.waitFor(messages.started)
    for (const renewed of [first, second]) {
      renewed.signal('SIGUSR2')
      await renewed.waitFor(messages.renewed)
    }
    await scene.run(['issue', 'a.contract.test', '--metrics-file', 'issue.prom'])
    await scene.run(['renew', 'a.contract.test', '--force', '--metrics-file', 'renew.prom'])
    await until(async () => (await merged(scene)).includes('result="success"} 1'))
    const text = await merged(scene)
    expect(duplicates(text)).toEqual([])
    expect(check(text)).toBe('')
    expect(text.match(/# HELP certctl_issuance_total .*/g)).toEqual([
      '# HELP certctl_issuance_total As an older version put it',
    ])
    await Promise.all([first.stop(), second.stop()])
  })

  test('of which one is not written any more: its series move on once it is removed', async ({ scene }) => {
    const counter = 'certctl_vault_token_renewals_total'
    const left = await scene.write('left.prom', `# TYPE ${counter} counter\n${counter}{result="success"} 7\n`)
    const keepAlive = await KeepAlive.started(scene, ['--metrics-file', 'certctl.prom'])
    const held = async () => parseFamilies(await readFile(scene.path('certctl.prom'), 'utf8'))
    const results = async () => (await held()).get(counter)?.samples.map(({ series }) => series) ?? []
    await until(async () => (await results()).length === 2)
    execFileSync('rm', [left])
    keepAlive.signal('SIGUSR2')
    await until(async () => (await results()).length === 3)
    await keepAlive.stop()
  })
})
