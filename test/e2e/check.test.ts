import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { hook, linesOf, ReloadingServer } from './support/hooks.ts'
import { containing, like } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { snapshot } from './support/snapshot.ts'
import { type Scene, test } from './support/scene.ts'

const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }

interface Found {
  readonly subject: string
  readonly verdict: string
  readonly detail: string
  readonly hint: string | null
}

async function check(scene: Scene, args: readonly string[], options = {}) {
  const run = await scene.run(['check', ...args, '--json'], options)
  const { ok, findings } = run.json() as { ok: boolean; findings: readonly Found[] }
  expect(run).toMatchObject({ code: ok ? 0 : 8, stderr: '' })
  expect(ok).toBe(!findings.some(({ verdict }) => verdict === 'bad'))
  return { ok, findings, of: (subject: string) => findings.find((one) => one.subject === subject) }
}

describe.concurrent('check', () => {
  test('finds all good that is, without a name too, and neither issues nor writes', async ({ scene }) => {
    const before = await snapshot(scene.host.workDir)
    const bare = await check(scene, [])
    expect(bare.findings.map(({ subject, verdict }) => [subject, verdict])).toEqual([
      ['server', 'good'],
      ['token', 'good'],
      ['pki/sign/any', 'good'],
      ['role "any"', 'good'],
      ['issuer', 'good'],
      ['clock', 'good'],
    ])
    const named = await check(scene, ['web.contract.test', '--san', '192.0.2.7', '--ttl', '1h'])
    expect(named).toMatchObject({ ok: true })
    expect(named.of('names')).toMatchObject({ verdict: 'good' })
    expect(named.of('directory')).toMatchObject({ verdict: 'good' })
    expect(scene.vault.requests.filter(({ path }) => /sign|issue\//.test(path))).toEqual([])
    expect(await snapshot(scene.host.workDir)).toEqual(before)
  })

  test('says in words what is bad, and what to do next', async ({ scene }) => {
    const run = await scene.run(['check', 'elsewhere.test', '--role', 'short', '--ttl', '48h'])
    expect(run).toMatchObject({ code: 8, stderr: '' })
    expect(run.stdout).toMatch(/^bad +names +the role does not allow elsewhere\.test\n +hint: /m)
    expect(run.stdout).toMatch(/^bad +TTL +the role grants at most 1h, less than the 2d asked for\n +hint: /m)
  })

  test.for([
    ['web', ['--key-type', 'ec256'], 'key', 'the role takes keys of type rsa of 2048 bits or more, not ec256'],
    ['any', ['--server-key'], 'key', 'the role makes no keys: it signs those of any kind'],
    ['no-ip', ['--san', '192.0.2.7'], 'names', 'the role does not allow 192.0.2.7'],
    ['any', ['--san', 'spiffe://contract.test/x'], 'names', 'the role does not allow spiffe://contract.test/x'],
    ['nope', [], 'role "nope"', 'has nothing at pki/roles/nope'],
  ] as const)('holds a request against the role %s', async ([role, args, subject, detail], { scene }) => {
    const { of } = await check(scene, ['web.contract.test', '--role', role, ...args])
    expect(of(subject)).toMatchObject({ verdict: 'bad' })
    expect(of(subject)?.detail).toContain(detail)
  })

  test('finds what a token may not, and does not know what it may not read', async ({ scene }) => {
    const VAULT_TOKEN = await scene.createToken({ policies: ['default'] })
    const { of } = await check(scene, ['web.contract.test'], { env: { VAULT_TOKEN } })
    expect(of('token')).toMatchObject({ verdict: 'good' })
    expect(of('pki/sign/any')).toMatchObject({
      verdict: 'bad',
      hint: 'grant it: path "pki/sign/any" { capabilities = ["update"] }',
    })
    expect(of('role "any"')).toMatchObject({ verdict: 'unknown' })
  })

  test('warns of a role that leases, and so does an issue', async ({ scene }) => {
    const { ok, of } = await check(scene, ['web.contract.test', '--role', 'lease'])
    expect(ok).toBe(true)
    expect(of('lease')).toMatchObject({ verdict: 'unknown' })
    const run = await scene.run(['issue', 'web.contract.test', '--role', 'lease'])
    expect(run.stderr).toMatch(/^warning: this role leases its certificates \(generate_lease\)/)
  })

  test('asks a server that is away only once', async ({ scene }) => {
    const { findings } = await check(scene, ['--address', 'http://127.0.0.1:9', '--max-retries', '0'])
    expect(findings.map(({ verdict }) => verdict)).toEqual(['bad', ...Array<string>(5).fill('unknown')])
  })

  test('finds a directory bad that is taken, unless it may be replaced', async ({ scene }) => {
    await scene.run(['issue', 'localhost'], local)
    const taken = await check(scene, ['localhost'], local)
    expect(taken.of('directory')).toMatchObject({ verdict: 'bad' })
    expect(taken.of('directory')?.hint).toContain('certctl renew')
    const replaced = await check(scene, ['localhost', '--force'], local)
    expect(replaced.of('directory')).toMatchObject({ verdict: 'good', detail: containing('localhost can be written') })
    expect((await check(scene, ['localhost', '--out', 'new/web'], local)).of('directory')).toMatchObject({
      verdict: 'good',
      detail: containing('new/web is not there yet, and can be made'),
    })
    await scene.write('file', '')
    expect((await check(scene, ['localhost', '--out', 'file'], local)).of('directory')).toMatchObject({
      verdict: 'bad',
    })
  })

  test('looks at hooks and probes without running one', async ({ scene }) => {
    const path = await hook(scene, 'hook', `touch ${scene.path('ran')}`)
    await scene.write('no-program', '')
    await scene.write('own.pid', `${process.pid}\n`)
    await scene.write('gone.pid', '2147483646\n')
    const hooks = [
      ...['--deploy', path, '--deploy', '/nowhere/reload', '--deploy', scene.path('no-program')],
      ...['--deploy-shell', 'touch ran && true', '--deploy-shell', 'echo "'],
      ...['--signal-pid-file', 'own.pid:HUP', '--signal-pid-file', 'gone.pid:HUP', '--signal-pid-file', 'no.pid:HUP'],
      ...['--on-failure', path, '--on-failure', 'no-such-program-here'],
    ]
    const { findings } = await check(scene, ['localhost', ...hooks, '--probe', '127.0.0.1:9'], local)
    const told = findings.filter(({ subject }) => ['hook', 'failure hook', 'probe'].includes(subject))
    expect(told.map(({ subject, verdict, detail }) => [subject, verdict, detail])).toEqual([
      ['hook', 'good', `${path} can be run`],
      ['hook', 'bad', '/nowhere/reload does not exist'],
      ['hook', 'bad', `${scene.path('no-program')} may not be run: permission denied`],
      ['hook', 'unknown', '/bin/sh takes touch ran && true; what that starts is not known'],
      ['hook', 'bad', like(/^\/bin\/sh does not take echo ": .*[Uu]nterminated/)],
      ['hook', 'good', `${scene.path('own.pid')} names a process that can be signalled`],
      ['hook', 'bad', `${scene.path('gone.pid')} names a process that does not run`],
      ['hook', 'bad', `${scene.path('no.pid')} does not exist: does the service run?`],
      ['failure hook', 'good', `${path} can be run`],
      ['failure hook', 'bad', 'no-such-program-here is not in PATH'],
      ['probe', 'unknown', '127.0.0.1:9 did not answer: connection refused'],
    ])
    expect(told.filter(({ verdict, hint }) => verdict !== 'good' && hint === null)).toEqual([])
    expect(await readdir(scene.path())).not.toContain('ran')
  })

  test.for([
    ['LoadState=loaded\nActiveState=active', 0, 'good', 'nginx is active'],
    ['LoadState=loaded\nActiveState=inactive', 0, 'good', 'nginx is inactive, and will be left so'],
    ['LoadState=not-found\nActiveState=inactive', 0, 'bad', 'nginx is not-found'],
    ['Failed to connect to bus', 1, 'unknown', 'systemctl does not say how nginx is: Failed to connect to bus'],
  ] as const)('asks systemd about a unit: %j', async ([answer, status, verdict, detail], { scene }) => {
    const script = `#!/bin/sh\necho "$@" > ${scene.path('asked')}\necho '${answer}'\nexit ${status}\n`
    await scene.write('bin/systemctl', script, 0o755)
    const env = { ...local.env, PATH: `${scene.path('bin')}:${process.env.PATH}` }
    const { of } = await check(scene, ['localhost', '--reload-unit', 'nginx'], { env })
    expect(of('hook')).toMatchObject({ verdict, detail })
    expect(await linesOf(scene, 'asked')).toEqual(['show --property=LoadState,ActiveState -- nginx'])
  })

  test('finds a unit bad where there is no systemd', async ({ scene }) => {
    // Node alone: certctl itself needs no other program.
    await mkdir(scene.path('bin'))
    await symlink(process.execPath, scene.path('bin/node'))
    const env = { ...local.env, PATH: scene.path('bin') }
    const { of } = await check(scene, ['localhost', '--reload-unit', 'nginx'], { env })
    expect(of('hook')).toMatchObject({
      verdict: 'bad',
      detail: 'nginx cannot be reloaded: systemctl is not in PATH',
    })
  })

  test('asks about a renewal where no name is given: with what is kept, and what servers have now', async ({
    scene,
  }) => {
    const path = await hook(scene, 'hook', 'exit 0')
    await mkdir(scene.path('tls'))
    const told = ['--deploy', path, '--cert-file', 'tls/cert.pem']
    expect(await scene.run(['issue', 'localhost', ...told], local)).toMatchObject({ code: 0 })
    const server = await ReloadingServer.start(scene, 'localhost')
    const { endpoint } = server
    const good = await check(scene, ['--out', 'localhost', '--probe', endpoint], local)
    expect(good).toMatchObject({ ok: true })
    expect(good.of('files')).toMatchObject({ verdict: 'good' })
    expect(good.of('hook')).toMatchObject({ verdict: 'good' })
    expect(good.of('probe')).toMatchObject({ verdict: 'good', detail: like(/ answers, with serial [0-9a-f]{2}:/) })
    await server.stop()
    await rm(path)
    await rm(scene.path('tls'), { recursive: true })
    const bad = await check(scene, ['--out', 'localhost', '--probe', endpoint], local)
    for (const subject of ['files', 'hook', 'probe']) expect(bad.of(subject)).toMatchObject({ verdict: 'bad' })
    expect(await refusal(scene, ['check', '--out', 'localhost', '--probe-timeout', '3s'], local)).toMatchObject({
      exitCode: 2,
    })
  })

  test('asks for a renewal what its record says, unless a flag says otherwise', async ({ scene }) => {
    await scene.run(['issue', 'localhost', '--ttl', '30d'], local)
    const unset = { env: { CERTCTL_ISSUER: undefined, CERTCTL_VAULT_TTL: '9000d', VAULT_ADDR: undefined } }
    const { ok, of } = await check(scene, ['--out', 'localhost'], unset)
    expect(ok).toBe(true)
    expect(of('names')).toMatchObject({ detail: containing('localhost') })
    expect(of('TTL')).toMatchObject({ detail: containing('30d') })
    const longer = await check(scene, ['--out', 'localhost', '--ttl', '9000d'], unset)
    expect(longer.of('TTL')).toMatchObject({ verdict: 'bad' })
  })

  test('finds a renewal bad that a role would refuse, and goes by the recorded role', async ({ scene }) => {
    const issued = await scene.run(['issue', 'web.contract.test', '--key-type', 'ec256', '--out', 'web'])
    expect(issued).toMatchObject({ code: 0 })
    expect(await check(scene, ['--out', 'web'], { env: { CERTCTL_VAULT_ROLE: 'nope' } })).toMatchObject({ ok: true })
    const { of } = await check(scene, ['--out', 'web', '--role', 'web'])
    expect(of('key')).toMatchObject({ verdict: 'bad' })
  })

  test('checks the embedded CA also before there is one, and makes none', async ({ scene }) => {
    const { findings } = await check(scene, ['localhost'], local)
    expect(findings.map(({ detail }) => detail)[0]).toBe('is made at the first issue')
    expect(await snapshot(scene.host.stateDir).catch(() => ({}))).toEqual({})
    expect(await check(scene, [], local)).toMatchObject({ ok: true })
  })

  test('needs a role, and a name that can be one', async ({ scene }) => {
    const env = { CERTCTL_VAULT_ROLE: undefined }
    expect(await refusal(scene, ['check'], { env })).toMatchObject({ exitCode: 3, message: 'role is required' })
    expect(await refusal(scene, ['check', '--san', 'a.test'])).toMatchObject({
      exitCode: 2,
      message: 'NAME is missing',
    })
  })
})
