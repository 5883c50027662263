import { describe, expect } from 'vitest'
import type { FakeVault } from '../support/fake-vault.ts'
import { redirect } from '../support/faults.ts'
import { TestCa } from '../support/test-ca.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const lookup = 'auth/token/lookup-self'
const sign = 'pki/sign/any'
const commands = [
  ['vault token-status', lookup],
  ['issue a.contract.test', sign],
] as const

/** A server elsewhere, where the first one leads to. */
async function otherServer(scene: Scene, path: string, code?: number): Promise<{ other: FakeVault; host: string }> {
  const other = await scene.startVault({})
  scene.vault.faults.on(path, redirect(`${other.address}/v1/${path}`, code))
  return { other, host: new URL(other.address).host }
}

describe.concurrent('a redirect to another host', () => {
  test.for(commands)('is refused, and the token stays: %s', async ([command, path], { scene }) => {
    const { other, host } = await otherServer(scene, path)
    const error = await refusal(scene, command.split(' '))
    expect(error).toMatchObject({ exitCode: 6, code: 'redirect-refused' })
    expect(error.message).toMatch(/redirects to .* would get the token/)
    expect(error.hint).toContain(`--allow-redirect-host ${host}`)
    expect(other.requests).toEqual([])
  })

  test.for(commands)('is followed when it is allowed: %s', async ([command, path], { scene }) => {
    const { other, host } = await otherServer(scene, path)
    const { token } = await other.createToken()
    const args = [...command.split(' '), '--allow-redirect-host', 'elsewhere.test:1', '--allow-redirect-host', host]
    const run = await scene.run(args, { env: { VAULT_TOKEN: token } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const [sent, arrived] = [scene.vault, other].map((vault) => vault.requestsTo(path))
    expect(sent).toHaveLength(1)
    expect(arrived).toEqual([expect.objectContaining({ method: sent![0]!.method, body: sent![0]!.body })])
  })

  test('is refused when another port of the host is allowed', async ({ scene }) => {
    const { other } = await otherServer(scene, lookup)
    const error = await refusal(scene, ['vault', 'token-status', '--allow-redirect-host', '127.0.0.1:1'])
    expect(error).toMatchObject({ exitCode: 6, code: 'redirect-refused' })
    expect(other.requests).toEqual([])
  })
})

describe.concurrent('a redirect', () => {
  test.for([301, 302, 307, 308])('on the same host is followed with the same method: %i', async (code, { scene }) => {
    scene.vault.faults.on(sign, redirect('/v1/pki/sign/web', code), 1)
    const run = await scene.run(['issue', 'a.contract.test', '--key-type', 'rsa2048'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(scene.vault.requests.map(({ method, path }) => [method, path])).toEqual([
      ['POST', sign],
      ['POST', 'pki/sign/web'],
    ])
  })

  test('is followed once', async ({ scene }) => {
    scene.vault.faults.on(lookup, redirect(`/v1/${lookup}`))
    expect(await refusal(scene, ['vault', 'token-status'])).toMatchObject({ exitCode: 6, code: 'redirect-refused' })
    expect(scene.vault.requestsTo(lookup)).toHaveLength(2)
  })

  test('that names no address is refused', async ({ scene }) => {
    scene.vault.faults.on(lookup, redirect(''))
    expect(await refusal(scene, ['vault', 'token-status'])).toMatchObject({ exitCode: 6 })
  })

  test('from https to http is refused, allowed or not', async ({ scene }) => {
    const ca = await TestCa.create()
    const { cert, key } = await ca.server()
    const secure = await scene.startVault({ listen: { kind: 'https', tls: { cert, key } } })
    secure.faults.on(lookup, redirect(`${scene.vault.address}/v1/${lookup}`))
    await scene.write('ca.pem', ca.cert)
    const args = ['vault', 'token-status', '--address', secure.address, '--ca-cert', 'ca.pem']
    const error = await refusal(scene, [...args, '--allow-redirect-host', new URL(scene.vault.address).host])
    expect(error).toMatchObject({ exitCode: 6, code: 'redirect-refused' })
    expect(error.message).toContain('away from https')
    expect(scene.vault.requests).toEqual([])
  })
})
