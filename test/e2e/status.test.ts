import { chmod, realpath, rm, writeFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { generatePrivateKey } from '../../src/pki/private-key.ts'
import { refusal } from './support/refusal.ts'
import { snapshot } from './support/snapshot.ts'
import { type Scene, test } from './support/scene.ts'

const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }

interface Entry {
  readonly dir: string
  readonly name: string | null
  readonly state: string
  readonly deploy: string
}

async function states(scene: Scene, args: readonly string[] = []) {
  const run = await scene.run(['status', ...args, '--json'], local)
  const { certificates } = run.json() as { certificates: readonly Entry[] }
  return { code: run.code, certificates, states: certificates.map(({ state }) => state) }
}

async function issue(scene: Scene, name: string, ...args: readonly string[]): Promise<void> {
  expect(await scene.run(['issue', name, ...args], local)).toMatchObject({ code: 0 })
}

describe.concurrent('status', () => {
  test('shows all that was issued here, or what is named, and changes nothing', async ({ scene }) => {
    await issue(scene, 'b.corp')
    await issue(scene, 'a.corp', '--out', 'a dir')
    const before = await Promise.all(
      [scene.host.workDir, scene.host.stateDir].map((path) => snapshot(path, { times: true })),
    )
    const all = await states(scene)
    expect(all).toMatchObject({ code: 0, states: ['ok', 'ok'] })
    expect(all.certificates).toMatchObject([
      {
        dir: scene.path('a dir'),
        name: 'a.corp',
        issuer: { kind: 'local', name: 'local' },
        deploy: 'none',
        reason: null,
      },
      { dir: scene.path('b.corp'), name: 'b.corp' },
    ])
    expect((await states(scene, ['b.corp', `${scene.host.workDir}/b.corp`])).certificates).toHaveLength(1)
    const text = await scene.run(['status'], local)
    expect(text.stdout).toMatch(/^NAME +STATE +LEFT +NEXT RENEWAL +ISSUER +DEPLOYED +DIRECTORY\n/)
    expect(text.stdout).toMatch(/^b\.corp +ok +89d 23h +in 6\dd( \d+[hm])? +local +- +\/.*\/b\.corp$/m)
    expect(text.stdout).not.toContain('━')
    const after = await Promise.all(
      [scene.host.workDir, scene.host.stateDir].map((path) => snapshot(path, { times: true })),
    )
    expect(after).toEqual(before)
    expect(scene.vault.requests).toEqual([])
  })

  test('answers no to what has expired, is missing, is broken or has the key of another, and yes to what is due', async ({
    scene,
  }) => {
    await issue(scene, 'due.corp')
    expect(await states(scene, ['due.corp', '--renew-before', '80d'])).toMatchObject({ code: 0, states: ['ok'] })
    expect(await states(scene, ['due.corp', '--renew-before', '90d'])).toMatchObject({ code: 0, states: ['due'] })
    await issue(scene, 'expired.corp', '--ttl', '1s')
    await issue(scene, 'mismatch.corp')
    const { pem } = await generatePrivateKey('ec256')
    await writeFile(scene.path('mismatch.corp/privkey.pem'), pem.reveal())
    await issue(scene, 'missing.corp')
    await rm(scene.path('missing.corp'), { recursive: true })
    await issue(scene, 'open.corp')
    await chmod(scene.path('open.corp'), 0o777)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const all = await states(scene)
    expect(all).toMatchObject({ code: 8, states: ['ok', 'expired', 'mismatch', 'missing', 'unreadable'] })
    for (const { dir } of all.certificates.slice(1)) expect(await states(scene, [dir])).toMatchObject({ code: 8 })
  })

  test('answers no when a key is gone, and names what renew puts right', async ({ scene }) => {
    await issue(scene, 'web.corp')
    await rm(await realpath(scene.path('web.corp/privkey.pem')))
    const { code, certificates } = await states(scene)
    expect({ code, certificates }).toMatchObject({
      code: 8,
      certificates: [
        { state: 'missing', reason: 'its private key is gone', hint: `certctl renew ${scene.path('web.corp')}` },
      ],
    })
    const text = await scene.run(['status'], local)
    expect(text.stdout).toMatch(/^web\.corp +missing .*: its private key is gone: next: certctl renew \/.*web\.corp$/m)
    expect(await scene.run(['status', '--nagios'], local)).toMatchObject({ code: 2 })
    expect(await scene.run(['renew', 'web.corp'], local)).toMatchObject({ code: 0 })
    expect(await states(scene)).toMatchObject({ code: 0, states: ['ok'] })
  })

  test('answers no when files beside a directory are gone or of another, each by its name', async ({ scene }) => {
    await issue(scene, 'web.corp', '--cert-file', 'cert.pem', '--combined-file', 'all.pem')
    expect(await states(scene)).toMatchObject({ code: 0, states: ['ok'] })
    await rm(scene.path('cert.pem'))
    expect((await states(scene)).certificates).toMatchObject([
      { state: 'missing', reason: `${scene.path('cert.pem')} is gone` },
    ])
    await writeFile(scene.path('all.pem'), 'of another')
    expect(await states(scene)).toMatchObject({
      code: 8,
      certificates: [
        {
          state: 'mismatch',
          reason: `${scene.path('all.pem')} holds something else, ${scene.path('cert.pem')} is gone`,
          hint: `certctl renew ${scene.path('web.corp')}`,
        },
      ],
    })
  })

  test('is one line and four codes for a monitor, whatever happens', async ({ scene }) => {
    const nagios = (args: readonly string[] = []) => scene.run(['status', '--nagios', ...args], local)
    expect(await nagios()).toMatchObject({ code: 3, stderr: '' })
    await issue(scene, 'web.corp')
    const good = await nagios()
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(good.stdout).toMatch(/^CERTIFICATES OK - 1 certificate: 1 ok \| certificates=1;;;0 .* seconds_left=\d+s\n$/)
    const bad = await nagios(['web.corp', 'gone'])
    expect(bad).toMatchObject({ code: 2 })
    expect(bad.stdout).toMatch(/^CERTIFICATES CRITICAL - 2 certificates: 1 missing, 1 ok; .*gone: missing/)
    const wrong = await nagios(['--renew-before', 'soon'])
    expect(wrong).toMatchObject({ code: 3, stderr: '' })
    expect(wrong.stdout).toMatch(/^CERTIFICATES UNKNOWN - /)
  })

  test('is series for Prometheus', async ({ scene }) => {
    await issue(scene, 'web.corp')
    await issue(scene, 'web.corp', '--out', 'again', '--ttl', '1h')
    const { code, stdout } = await scene.run(['status', '--format', 'prometheus'], local)
    expect(code).toBe(0)
    const [, end] = /^certctl_certificate_not_after_timestamp_seconds\{name="web\.corp"\} (\d+)$/m.exec(stdout) ?? []
    expect(Number(end) * 1000 - Date.now()).toBeLessThan(3_600_000)
    expect(stdout).toMatch(/^certctl_certificates\{state="ok"\} 2$/m)
    expect(stdout).toMatch(/^certctl_certificates\{state="expired"\} 0$/m)
  })

  test('says how to begin where nothing was issued', async ({ scene }) => {
    expect(await scene.run(['status'], local)).toMatchObject({
      code: 0,
      stdout: 'no certificate is known on this host; make one: certctl issue NAME\n',
    })
    expect(await states(scene)).toMatchObject({ code: 0, certificates: [] })
  })

  test.for([
    [['']],
    [['--format', 'xml']],
    [['--nagios', '--format', 'prometheus']],
    [['--renew-before', 'soon']],
  ] as const)('refuses %j', async ([args], { scene }) => {
    expect(await refusal(scene, ['status', ...args])).toMatchObject({ exitCode: 2 })
  })
})
