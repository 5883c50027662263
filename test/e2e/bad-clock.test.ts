import { readdirSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { refusal } from './support/refusal.ts'
import { like } from './support/matchers.ts'
import { type Scene, type SceneOptions, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

const library = preloadedClock()

/** Of Debian's package faketime. */
function preloadedClock(): string | undefined {
  const places = readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/faketime`)
  const found = places.find((place) => contains(place, 'libfaketime.so.1'))
  return found && `${found}/libfaketime.so.1`
}

function contains(directory: string, name: string): boolean {
  try {
    return readdirSync(directory).includes(name)
  } catch {
    return false
  }
}

/** A host whose clock has never been set: the time of day is wrong, what passes of it is not. */
function in1970(skip: (note: string) => void, env: Readonly<Record<string, string>> = {}): SceneOptions {
  if (library === undefined && process.env.CI === undefined) skip('faketime is not installed')
  return {
    env: {
      ...env,
      LD_PRELOAD: library,
      FAKETIME: '@1970-01-01 00:01:00',
      TZ: 'UTC',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  }
}

const local = { CERTCTL_ISSUER: 'local' }

async function issued(scene: Scene): Promise<void> {
  expect(await scene.run(['issue', 'web.corp', '--out', 'web'], { env: local })).toMatchObject({ code: 0, stderr: '' })
}

describe.concurrent('a clock in 1970', () => {
  test('has certificates not be valid yet, and none of them be due', async ({ scene, skip }) => {
    const then = in1970(skip, local)
    await issued(scene)
    const status = await scene.run(['status', '--json'], then)
    expect(status).toMatchObject({ code: 8, stderr: '' })
    expect(status.json()).toMatchObject({ certificates: [{ state: 'not-yet-valid' }] })
    const before = await snapshot(scene.path())
    expect(await scene.run(['renew', '--all'], then)).toMatchObject({ code: 0, stdout: like(/^not due/), stderr: '' })
    expect(await snapshot(scene.path())).toEqual(before)
    expect(await scene.run(['inspect', 'web/cert.pem'], then)).toMatchObject({ code: 0, stdout: like(/not-yet-valid/) })
  })

  test('is what the embedded CA refuses to sign by, and the hint names it', async ({ scene, skip }) => {
    const then = in1970(skip, local)
    await issued(scene)
    const hint = like(/^check the clock of this host: it says 1970-01-01T00:/)
    expect(await refusal(scene, ['issue', 'db.corp', '--out', 'db'], then)).toMatchObject({ exitCode: 4, hint })
    const before = await snapshot(scene.path('web'))
    const run = await scene.run(['renew', 'web', '--force', '--json'], then)
    expect(run.code).toBe(4)
    expect(run.json()).toMatchObject({ results: [{ action: 'failed', error: { hint } }] })
    expect(await snapshot(scene.path('web'))).toEqual(before)
    // The clock is set, and the failure that lies in its past keeps nobody waiting.
    expect(await scene.run(['renew', 'web', '--force'], { env: local })).toMatchObject({ code: 0 })
  })

  test('is told where the server says what time it is', async ({ scene, skip }) => {
    const run = await scene.run(['check', 'a.contract.test', '--json'], in1970(skip))
    const { findings } = run.json() as { findings: readonly { subject: string; verdict: string; detail: string }[] }
    expect(findings.find(({ subject }) => subject === 'clock')).toMatchObject({ verdict: 'bad' })
    const issuance = await scene.run(['issue', 'a.contract.test', '--out', 'web'], in1970(skip))
    expect(issuance).toMatchObject({ code: 0, stderr: like(/^warning: .*clock/) })
  })
})
