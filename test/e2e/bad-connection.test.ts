import { describe, expect } from 'vitest'
import { closedPort } from '../support/free-port.ts'
import { type KeyAndCertificate, TestCa } from '../support/test-ca.ts'
import { delay, reply } from '../support/faults.ts'
import { containing } from './support/matchers.ts'
import { listenRaw } from './support/ports.ts'
import { type Refusal, refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const status = ['vault', 'token-status', '--max-retries', '0']

interface TlsCase {
  readonly server: (ca: TestCa) => Promise<KeyAndCertificate>
  readonly flags?: readonly string[]
}

/** Asks an https server with the given certificate, trusting `Test CA` alone unless `flags` say otherwise. */
async function askOverTls(scene: Scene, { server, flags }: TlsCase): Promise<Refusal> {
  const ca = await TestCa.create()
  const { cert, key } = await server(ca)
  const vault = await scene.startVault({ listen: { kind: 'https', tls: { cert, key } } })
  await scene.write('ca.pem', ca.cert)
  const args = [...status, '--address', vault.address, ...(flags ?? ['--ca-cert', 'ca.pem'])]
  const error = await refusal(scene, args, { env: { VAULT_TOKEN: scene.token } })
  expect(vault.requests).toHaveLength(0)
  return error
}

describe.concurrent('a server that cannot be reached', () => {
  test('of an unknown host is 5', async ({ scene }) => {
    const error = await refusal(scene, [
      ...status,
      '--address',
      'https://vault.nowhere.invalid:8200',
      '--timeout',
      '5s',
    ])
    expect(error).toMatchObject({ exitCode: 5 })
    expect(['unknown-host', 'timeout']).toContain(error.code)
    expect(error.message).toContain('vault.nowhere.invalid:8200')
    expect(error.hint).toContain('--address')
  })

  test('of a refused port is 5', async ({ scene }) => {
    const address = `http://127.0.0.1:${closedPort}`
    const error = await refusal(scene, [...status, '--address', address])
    expect(error).toMatchObject({ exitCode: 5, code: 'connection-refused' })
    expect(error.message).toBe(`${address} did not answer: connection refused`)
  })

  test('is told how often it was tried', async ({ scene }) => {
    const address = `http://127.0.0.1:${closedPort}`
    const error = await refusal(scene, ['issue', 'a.test', '--address', address, '--max-retries', '1'])
    expect(error).toMatchObject({ exitCode: 5, code: 'connection-refused' })
    expect(error.message).toMatch(/\b2\b/)
  })

  test('of a missing socket is 5', async ({ scene }) => {
    const error = await refusal(scene, [...status, '--address', 'unix:///nowhere/vault.sock'])
    expect(error).toMatchObject({ exitCode: 5 })
    expect(error.message).toContain('/nowhere/vault.sock')
  })

  test('that is silent is 5 once the time is over', async ({ scene }) => {
    scene.vault.faults.next(delay(20_000))
    const error = await refusal(scene, [...status, '--timeout', '300ms'])
    expect(error).toMatchObject({ exitCode: 5, code: 'timeout' })
    expect(error.message).toMatch(/no answer within 300ms/)
    expect(error.hint).toContain('--timeout')
  })

  test('that hangs up is 5', async ({ scene }) => {
    const server = await listenRaw((socket) => socket.destroy())
    scene.atEnd(() => server.stop())
    const error = await refusal(scene, [...status, '--address', `http://127.0.0.1:${server.port}`])
    expect(error).toMatchObject({ exitCode: 5, code: 'connection-reset' })
  })

  test('that speaks something else is 6', async ({ scene }) => {
    const server = await listenRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))
    scene.atEnd(() => server.stop())
    const error = await refusal(scene, [...status, '--address', `http://127.0.0.1:${server.port}`])
    expect(error).toMatchObject({ exitCode: 6, code: 'not-http' })
  })
})

describe.concurrent('no secure connection', () => {
  test('with a server of an unknown CA is 5', async ({ scene }) => {
    const other = await TestCa.create('Other CA')
    const error = await askOverTls(scene, { server: () => other.server() })
    expect(error).toMatchObject({ exitCode: 5, code: 'tls-untrusted' })
    expect(error.hint).toContain('--ca-cert')
  })

  test('with a server that the system roots do not know is 5', async ({ scene }) => {
    const error = await askOverTls(scene, { server: (ca) => ca.server(), flags: [] })
    expect(error).toMatchObject({ exitCode: 5, code: 'tls-untrusted' })
  })

  test('with an expired server certificate is 5', async ({ scene }) => {
    const error = await askOverTls(scene, { server: (ca) => ca.expiredServer() })
    expect(error).toMatchObject({ exitCode: 5, code: 'tls-expired' })
    expect(error.message).toContain('expired')
    expect(error.hint).toContain('clock')
  })

  test('with a server of another name is 5 and names both', async ({ scene }) => {
    const error = await askOverTls(scene, { server: (ca) => ca.wrongNameServer() })
    expect(error).toMatchObject({ exitCode: 5, code: 'tls-name-mismatch' })
    expect(error.message).toMatch(/elsewhere\.test.*127\.0\.0\.1/)
    expect(error.hint).toContain('--tls-server-name')
  })

  test('by https to a port that speaks http is 5', async ({ scene }) => {
    const address = scene.vault.address.replace('http:', 'https:')
    const error = await refusal(scene, [...status, '--address', address])
    expect(error).toMatchObject({ exitCode: 5, code: 'tls-failed' })
    expect(error.message).toContain('does not speak https')
    expect(error.hint).toContain('http://')
  })

  test('by http to a port that speaks https is 6 and says how to write the address', async ({ scene }) => {
    scene.vault.faults.next(reply(400, {}, 'Client sent an HTTP request to an HTTPS server.\n'))
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 6 })
    expect(error.message).toContain('Client sent an HTTP request to an HTTPS server')
    expect(error.hint).toContain('https://')
  })
})

describe.concurrent('a secure connection', () => {
  test('is had with the CA, from a flag or a variable', async ({ scene }) => {
    const ca = await TestCa.create()
    const { cert, key } = await ca.server()
    const vault = await scene.startVault({ listen: { kind: 'https', tls: { cert, key } } })
    const { token } = await vault.createToken()
    const file = await scene.write('ca.pem', ca.cert)
    const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: token }
    const runs = await Promise.all([
      scene.run([...status, '--ca-cert', file], { env }),
      scene.run(status, { env: { ...env, VAULT_CACERT: file } }),
    ])
    expect(runs).toEqual([
      expect.objectContaining({ code: 0, stderr: '' }),
      expect.objectContaining({ code: 0, stderr: '' }),
    ])
  })

  test('that is not verified works and is warned of every time', async ({ scene }) => {
    const { cert, key } = await (await TestCa.create()).expiredServer()
    const vault = await scene.startVault({ listen: { kind: 'https', tls: { cert, key } } })
    const { token } = await vault.createToken()
    const run = await scene.run([...status, '--tls-skip-verify', '--json'], {
      env: { VAULT_ADDR: vault.address, VAULT_TOKEN: token },
    })
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: .*not verified.*--ca-cert/)
    expect(run.json().warnings).toEqual([containing('not verified')])
  })

  test('shows a client certificate', async ({ scene }) => {
    const ca = await TestCa.create()
    const [{ cert, key }, client] = await Promise.all([ca.server(), ca.client('ops')])
    const vault = await scene.startVault({
      listen: { kind: 'https', tls: { cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: true } },
    })
    const { token } = await vault.createToken()
    await scene.write('ca.pem', ca.cert)
    const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: token, VAULT_CACERT: 'ca.pem' }
    const flags = [
      '--client-cert',
      await scene.write('c.pem', client.cert),
      '--client-key',
      await scene.write('k.pem', client.key),
    ]
    expect(await scene.run([...status, ...flags], { env })).toMatchObject({ code: 0, stderr: '' })
    expect(vault.requests.map(({ clientCertificate }) => clientCertificate)).toEqual(expect.arrayContaining(['ops']))
    expect(await refusal(scene, status, { env })).toMatchObject({ exitCode: 5 })
  })
})
