import { describe, expect } from 'vitest'
import * as faults from '../support/faults.ts'
import { refusal } from './support/refusal.ts'
import { test } from './support/scene.ts'

const lookup = 'auth/token/lookup-self'
const sign = 'pki/sign/any'
const issue = ['issue', 'a.contract.test', '--max-retries', '1']

describe.concurrent('a read', () => {
  test.for([
    ['500', faults.status(500, 'internal error')],
    ['502 with a page', faults.html(502)],
    ['503', faults.status(503, 'Vault is sealed')],
    ['412', faults.status(412, 'required index state not present')],
    ['429', faults.throttled()],
    ['a reset', faults.reset()],
    ['half an answer', faults.cut()],
  ] as const)('is repeated after %s', async ([, fault], { scene }) => {
    scene.vault.faults.on(lookup, fault, 1)
    const run = await scene.run(['vault', 'token-status', '--max-retries', '1'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(scene.vault.requestsTo(lookup)).toHaveLength(2)
  })

  test('is tried three times by default, later each time, and the last word is told', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.html(502, 'no upstream'))
    const error = await refusal(scene, ['vault', 'token-status'])
    expect(error).toMatchObject({ exitCode: 5, status: 502 })
    expect(error.message).toContain('no upstream')
    const [first, second, third, ...others] = scene.vault
      .requestsTo(lookup)
      .map(({ receivedAt }) => receivedAt.getTime())
    expect(others).toEqual([])
    expect(second! - first!).toBeGreaterThanOrEqual(950)
    expect(third! - second!).toBeGreaterThanOrEqual(1950)
  })

  test('waits as long as the server asks', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.throttled('2'), 1)
    const run = await scene.run(['vault', 'token-status', '--max-retries', '1'])
    expect(run.code).toBe(0)
    const [first, second] = scene.vault.requestsTo(lookup).map(({ receivedAt }) => receivedAt.getTime())
    expect(second! - first!).toBeGreaterThanOrEqual(1950)
  })

  test('that is denied is not repeated', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.status(403, 'permission denied'))
    expect(await refusal(scene, ['vault', 'token-status'])).toMatchObject({ exitCode: 4 })
    expect(scene.vault.requestsTo(lookup)).toHaveLength(1)
  })
})

describe.concurrent('a request for a certificate', () => {
  test.for([
    ['500', faults.status(500, 'internal error'), 5],
    ['502 with a page', faults.html(502), 5],
    ['504', faults.status(504), 5],
    ['412', faults.status(412, 'required index state not present'), 5],
    ['a reset', faults.reset(), 5],
    ['half an answer', faults.cut(), 5],
    ['an answer that is lost', faults.answerLost(), 5],
  ] as const)('is never repeated after %s', async ([, fault, exitCode], { scene }) => {
    scene.vault.faults.on(sign, fault, 1)
    expect(await refusal(scene, issue)).toMatchObject({ exitCode })
    expect(scene.vault.requestsTo(sign)).toHaveLength(1)
  })

  test('is not repeated when the time is over', async ({ scene }) => {
    scene.vault.faults.on(sign, faults.silence())
    expect(await refusal(scene, [...issue, '--timeout', '500ms'])).toMatchObject({ exitCode: 5, code: 'timeout' })
    expect(scene.vault.requestsTo(sign)).toHaveLength(1)
  })

  test.for([
    ['503', faults.status(503, 'Vault is sealed')],
    ['429', faults.throttled()],
    ['429 with Retry-After', faults.throttled('1')],
  ] as const)('is repeated after %s: the server did nothing', async ([, fault], { scene }) => {
    scene.vault.faults.on(sign, fault, 1)
    expect(await scene.run(issue)).toMatchObject({ code: 0, stderr: '' })
    expect(scene.vault.requestsTo(sign)).toHaveLength(2)
    expect(scene.vault.pki().certificates.size).toBe(1)
  })

  test('asks for one certificate with one authenticated call', async ({ scene }) => {
    const token = await scene.createToken({ ttl: '1h', numUses: 1 })
    const run = await scene.run(issue, { env: { VAULT_TOKEN: token } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(scene.vault.requests.map(({ path }) => path)).toEqual([sign])
  })

  test('is not repeated after a 500 that is a verdict', async ({ scene }) => {
    const error = await refusal(scene, ['issue', 'a.contract.test', '--mount', 'pki_none'])
    expect(error).toMatchObject({ exitCode: 4 })
    expect(error.message).toContain('could not fetch the CA certificate')
    expect(error.hint).toContain('--mount')
    expect(scene.vault.requests).toHaveLength(1)
  })
})
