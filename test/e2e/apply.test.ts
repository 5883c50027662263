import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { delay } from '../support/faults.ts'
import { isRoot, onTerminal } from './support/launchers.ts'
import { hook, linesOf, ReloadingServer } from './support/hooks.ts'
import { like } from './support/matchers.ts'
import { test, type Scene } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

interface Result {
  readonly name: string
  readonly dir: string
  readonly action: string
  readonly reason: string
  readonly error?: Record<string, unknown>
}

async function apply(
  scene: Scene,
  text: string,
  args: readonly string[] = [],
  options: Parameters<Scene['run']>[1] = {},
) {
  await mkdir(scene.path('my certs'), { recursive: true })
  await writeFile(scene.path('my certs', 'c.yaml'), text)
  const run = await scene.run(['apply', 'my certs/c.yaml', '--json', ...args], options)
  const document = run.json() as {
    readonly results: readonly Result[]
    readonly summary: Record<string, number>
    readonly error?: Record<string, unknown>
  }
  return { ...run, ...document }
}

const actions = (results: readonly Result[]) => results.map(({ name, action }) => [name, action])

const two = `
defaults:
  ttl: 1h
certificates:
  - name: a.contract.test
  - name: b.contract.test
    out: spaces and ünïcode
    keyFile: keys/b.key
    keyMode: 0600
`

describe.concurrent('certificates from a file', () => {
  test.runIf(process.platform === 'linux')(
    'wait for the disk in as many threads as --parallel needs, and hooks know nothing of it',
    async ({ scene }) => {
      const told = scene.path('threads')
      const run = await apply(
        scene,
        `certificates: [{ name: a.contract.test, deployShell: 'grep ^Threads "/proc/$PPID/status" > "${told}"; echo "pool: $UV_THREADPOOL_SIZE" >> "${told}"' }]`,
        ['--parallel', '40'],
      )
      expect(run.code).toBe(0)
      const [, threads, pool] = /^Threads:\s+(\d+)\npool: (.*)\n$/.exec(await readFile(told, 'utf8')) ?? []
      expect(Number(threads)).toBeGreaterThan(80)
      expect(pool).toBe('')
    },
  )

  test('are issued beside the file, and left alone from then on', async ({ scene }) => {
    await mkdir(scene.path('my certs', 'keys'), { recursive: true })
    const first = await apply(scene, two)
    expect(first).toMatchObject({
      code: 0,
      stderr: '',
      summary: { issued: 2, renewed: 0, changed: 0, notDue: 0, failed: 0 },
    })
    expect(first.results[1]).toMatchObject({
      name: 'b.contract.test',
      dir: scene.path('my certs', 'spaces and ünïcode'),
      action: 'issued',
      plainFiles: { keyFile: scene.path('my certs', 'keys', 'b.key') },
    })
    expect((await stat(scene.path('my certs', 'keys', 'b.key'))).mode & 0o777).toBe(0o600)

    scene.vault.forgetRequests()
    const trees = () => Promise.all([scene.path(), scene.host.stateDir].map((path) => snapshot(path, { times: true })))
    await writeFile(scene.path('my certs', 'c.yaml'), two)
    const before = await trees()
    const again = await scene.run(['apply', 'my certs/c.yaml'], {
      env: { VAULT_TOKEN: undefined, VAULT_ADDR: undefined },
    })
    expect(again).toMatchObject({ code: 0, stdout: '2 not due\n', stderr: '' })
    expect(await trees()).toEqual(before)
    expect(scene.vault.requests).toEqual([])
  })

  test('are issued anew, or published otherwise, where the file says something else', async ({ scene }) => {
    await apply(scene, two.replace('keyFile: keys/b.key', 'certFile: b.crt').replace('    keyMode: 0600\n', ''))
    const changed = two
      .replace('test\n  - name', 'test\n    san: www.contract.test\n  - name')
      .replace('keys/', '')
      .replace('    keyMode: 0600\n', '')
    const plan = await apply(scene, changed, ['--plan'])
    expect(plan).toMatchObject({
      code: 0,
      plan: true,
      summary: { issue: 0, renew: 0, change: 2, notDue: 0, failed: 0 },
      results: [{ reason: 'asked for otherwise: names' }, { reason: 'told otherwise: certFile, keyFile' }],
    })
    expect(await apply(scene, changed)).toMatchObject({
      code: 0,
      summary: { issued: 0, changed: 2, failed: 0 },
      results: [
        { certificate: { sans: [{ value: 'a.contract.test' }, { value: 'www.contract.test' }] } },
        { written: [scene.path('my certs', 'b.key')] },
      ],
    })
    expect(await apply(scene, changed)).toMatchObject({ summary: { notDue: 2 } })
  })

  test('are only looked at with --plan', async ({ scene }) => {
    await mkdir(scene.path('my certs'))
    await writeFile(scene.path('my certs', 'c.yaml'), two)
    const before = await snapshot(scene.path(), { times: true })
    const run = await scene.run(['apply', 'my certs/c.yaml', '--plan'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain(`issue   ${scene.path('my certs', 'a.contract.test')}  it is missing\n`)
    expect(run.stdout).toMatch(/\n2 to issue\n$/)
    expect(await snapshot(scene.path(), { times: true })).toEqual(before)
    expect(scene.vault.requests).toEqual([])
  })

  test('that would fail end --plan as they would end the run', async ({ scene }) => {
    const failing = '  - { name: b.contract.test, key: missing.pem }\n'
    const all = await apply(scene, `certificates:\n${failing}`, ['--plan'])
    expect(all).toMatchObject({ code: 7, plan: true, summary: { failed: 1 } })
    const some = await apply(scene, `certificates:\n  - name: a.contract.test\n${failing}`, ['--plan'])
    expect(some).toMatchObject({ code: 9, summary: { issue: 1, failed: 1 } })
  })

  test('are done one by one: one that fails keeps none from its turn', async ({ scene }) => {
    const file = scene.path('run.prom')
    const text = `certificates:
  - { name: a.contract.test, role: nope }
  - { name: b.contract.test }
  - { name: c.contract.test, key: missing.pem }
  - { name: d.contract.test, keyFile: d.key, owner: nobody-here }
`
    const run = await apply(scene, text, ['--metrics-file', file, '--parallel', '2'])
    expect(run.code).toBe(9)
    expect(actions(run.results)).toEqual([
      ['a.contract.test', 'failed'],
      ['b.contract.test', 'issued'],
      ['c.contract.test', 'failed'],
      ['d.contract.test', 'failed'],
    ])
    expect(run.summary).toEqual({ issued: 1, renewed: 0, changed: 0, notDue: 0, failed: 3 })
    expect(run.results[2]?.error).toMatchObject({ code: 'not-found', exitCode: 7 })
    expect(run.results[3]?.error).toMatchObject({
      message: 'my certs/c.yaml:5:46: owner nobody-here: there is no such user',
      exitCode: 3,
    })
    const metrics = await readFile(file, 'utf8')
    expect(metrics).toContain('certctl_issuance_total{issuer_type="vault",outcome="success"} 1')
    expect(metrics).toContain('certctl_issuance_total{issuer_type="vault",outcome="failure"} 1')
    expect(metrics).toContain('certctl_certificate_not_after_timestamp_seconds{name="b.contract.test"}')
  })

  test('are those of --only', async ({ scene }) => {
    const one = await apply(scene, two, ['--only', 'a.contract.test'])
    expect(actions(one.results)).toEqual([['a.contract.test', 'issued']])
    const run = await apply(scene, two, ['--only', 'c.contract.test'])
    expect(run).toMatchObject({ code: 2, error: { hint: like(/^did you mean [ab]\.contract\.test\?$/) } })
  })

  test('are read from standard input, with paths from the working directory', async ({ scene }) => {
    const run = await scene.run(['apply', '-'], { stdin: 'certificates: [{name: a.contract.test, out: here}]' })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^issued {3}\S+\/here {2}valid until .*\n1 issued\n$/)
  })

  test('come each from the issuer and profile that the entry names', async ({ scene }) => {
    await scene.run(['profile', 'set', 'prod', '--address', scene.vault.address, '--role', 'any'])
    const text = `certificates:
  - { name: a.contract.test, issuer: local }
  - { name: b.contract.test, profile: prod }
`
    const run = await apply(scene, text, [], { env: { VAULT_ADDR: undefined, CERTCTL_VAULT_ROLE: undefined } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const issuer = async (name: string) =>
      (JSON.parse(await readFile(scene.path('my certs', name, 'certctl.json'), 'utf8')) as { issuer: object }).issuer
    expect(await issuer('a.contract.test')).toMatchObject({ kind: 'local', address: null })
    expect(await issuer('b.contract.test')).toMatchObject({ kind: 'vault', profile: 'prod', role: 'any' })
  })

  test('run a hook that several share once, and tell of one that failed', async ({ scene }) => {
    const program = await hook(scene, 'reload', 'echo ran >> "$(dirname "$0")/ran"')
    const text = `defaults: { deploy: ${program} }\ncertificates: [{name: a.contract.test}, {name: b.contract.test}]`
    expect(await apply(scene, text)).toMatchObject({ code: 0, results: [{ deployment: { state: 'deployed' } }, {}] })
    expect(await linesOf(scene, 'ran')).toEqual(['ran'])
    await hook(scene, 'reload', 'exit 3')
    const failed = await apply(scene, text, ['--force'])
    expect(failed).toMatchObject({ code: 9, summary: { renewed: 2, deployPending: 2 } })
    const told = await scene.run(['apply', 'my certs/c.yaml', '--force'])
    expect(told).toMatchObject({ code: 9, stdout: like(/\n2 renewed, 2 deploy pending\n$/) })
    await hook(scene, 'reload', 'exit 0')
    expect(await apply(scene, text)).toMatchObject({ code: 0, results: [{ deployment: { state: 'deployed' } }, {}] })
  })
})

test('what a probe refuses is tried again as often as a renewal, or by the command that the hint names', async ({
  scene,
}) => {
  const entry = 'name: a.contract.test, out: ../web'
  await apply(scene, `certificates: [{ ${entry} }]`)
  const server = await ReloadingServer.start(scene, 'web')
  const changed = `certificates: [{ ${entry}, san: b.contract.test, probe: "${server.endpoint}", probeTimeout: 1s }]`
  const hint = like(/; then: certctl apply 'my certs\/c\.yaml' --force --only a\.contract\.test$/)
  for (const time of ['first', 'second'])
    expect(await apply(scene, changed), time).toMatchObject({
      code: 9,
      results: [{ error: { code: 'probe-failed', hint }, deployment: { state: 'rolled-back', error: { hint } } }],
    })
  scene.vault.forgetRequests()
  const waiting = { action: 'not-due', reason: like(/^asked for otherwise: names, 2 tries failed, .*next try from /) }
  expect(await apply(scene, changed, ['--plan'])).toMatchObject({ code: 0, results: [waiting] })
  expect(await apply(scene, changed)).toMatchObject({ code: 0, results: [{ ...waiting, lastError: {} }] })
  const told = await scene.run(['apply', 'my certs/c.yaml', '--plan'])
  expect(told.stdout).toMatch(/^waits {3}\S+web {2}asked for otherwise: names, 2 tries failed/)
  expect(scene.vault.requests).toEqual([])
  expect(await apply(scene, changed, ['--force', '--only', 'a.contract.test'])).toMatchObject({ code: 9 })
  expect(scene.vault.requests).not.toEqual([])
})

test('how far it is shows on a terminal, and nowhere else', async ({ scene }) => {
  scene.vault.faults.on('pki/sign/any', delay(900))
  const text = 'certificates: [{name: a.contract.test}, {name: b.contract.test, key: none}, {name: c.contract.test}]'
  await writeFile(scene.path('c.yaml'), text)
  const args = ['apply', 'c.yaml', '--parallel', '1']
  const shown = await scene.run(args, { program: await onTerminal(scene), env: { TERM: 'xterm', CI: undefined } })
  expect(shown.stdout).toMatch(
    /working on certificates\.\.\. .*1 of 3, 1 failed[^]*2 of 3, 1 failed[^]*2 issued, 1 failed/,
  )
  const renewed = await scene.run(['renew', '--all', '--force', '--parallel', '1'], {
    program: await onTerminal(scene),
    env: { TERM: 'xterm', CI: undefined },
  })
  expect(renewed.stdout).toMatch(/looking at certificates\.\.\. .*1 of 2[^]*renewed[^]*renewed/)
  const piped = await scene.run([...args, '--force'])
  expect(piped.stdout + piped.stderr).not.toMatch(/working on|of 3/)
})

describe.concurrent('what is refused before anything is done', () => {
  test.for([
    ['a: b: c', ':1:4: nested mappings are not allowed in compact mappings', ''],
    ['certificates: [{name: a.contract.test, kye: x}]', ':1:40: "kye" is no key here', 'did you mean key?'],
    ['certificates: [{name: a}, {name: a, out: b}]', ':1:28: "a" is the name of two certificates', ''],
    [
      'certificates: [{name: a.test, keyFile: k.pem}, {name: b.test, keyFile: ./k.pem}]',
      ':1:63: ',
      'give each certificate a path of its own',
    ],
    ['certificates: [{name: a.test}, {name: b.test, keyFile: a.test/k.pem}]', ':1:47: ', 'name a path elsewhere'],
    ['certificates: [{name: a.test, keyMode: 0666}]', ':1:31: keyMode 0666 is not possible', ''],
    ['certificates: [{name: a.test, ttl: soon}]', ':1:31: ttl is invalid: "soon"', ''],
    ['certificates: [{name: a.test, keyFormat: traditional}]', ':1:31: keyFormat needs keyFile', ''],
    ['certificates: [{name: a.test, probe: "127.0.0.1:0"}]', ':1:31: probe 127.0.0.1:0 names no port', ''],
    ['certificates: [{name: "not a host"}]', ':1:16: out is required', ''],
  ] as const)('is %j', async ([text, message, hint], { scene }) => {
    const run = await apply(scene, text)
    expect(run).toMatchObject({ code: 3, error: { code: 'invalid-file' } })
    expect(run.error?.['message']).toContain(`my certs/c.yaml${message}`)
    expect(run.error?.['hint']).toContain(hint)
    expect(scene.vault.requests).toEqual([])
  })

  test('is what is no UTF-8', async ({ scene }) => {
    const latin1 = Buffer.from('certificates:\n- name: m\xfcller.test\n', 'latin1')
    await writeFile(scene.path('c.yaml'), latin1)
    for (const file of ['c.yaml', '-']) {
      const run = await scene.run(['apply', file], { stdin: latin1 })
      expect(run).toMatchObject({ code: 3, stderr: like(/:2:10: it is no UTF-8/) })
    }
  })

  test('is nothing for being larger than other files may be', async ({ scene }) => {
    const text = `# ${'x'.repeat(2 ** 21)}\ncertificates:\n`
    await writeFile(scene.path('c.yaml'), text)
    for (const file of ['c.yaml', '-'])
      expect(await scene.run(['apply', file], { stdin: text })).toMatchObject({ code: 0, stderr: '' })
  })

  test('is a file that is not there, or none', async ({ scene }) => {
    expect(await scene.run(['apply', 'none.yaml'])).toMatchObject({ code: 7 })
    expect(await scene.run(['apply'])).toMatchObject({ code: 2, stderr: like(/FILE is missing/) })
  })
})

describe.concurrent('what belongs to someone else', () => {
  test('is left to them, and the others have their turn', async ({ scene }) => {
    await apply(scene, two.replace('keys/', ''))
    const directory = scene.path('my certs', 'a.contract.test')
    await (isRoot ? chown(directory, 65534, 65534) : chmod(directory, 0o777))
    const run = await apply(scene, two.replace('keys/', ''), ['--force'])
    expect(run).toMatchObject({ code: 9, summary: { renewed: 1, failed: 1 } })
    expect(run.results[0]?.error).toMatchObject({ code: 'not-trusted', exitCode: 7 })
  })
})

test('the schema is printed, and goes without a file', async ({ scene }) => {
  const run = await scene.run(['apply', '--print-schema'])
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(run.json()).toMatchObject({ $schema: like(/json-schema/), required: ['certificates'] })
  expect(await scene.run(['apply', 'c.yaml', '--print-schema'])).toMatchObject({ code: 2 })
})
