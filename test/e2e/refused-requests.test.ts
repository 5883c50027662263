import { generateKeyPairSync } from 'node:crypto'
import { describe, expect } from 'vitest'
import { makeCsr } from '../support/test-csr.ts'
import { containing } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { test } from './support/scene.ts'

const issue = ['issue', 'a.contract.test']

describe.concurrent('what Vault refuses is 4, in its own words', () => {
  test('an unknown mount, asked for with a root token', async ({ scene }) => {
    const env = { VAULT_TOKEN: scene.vault.rootToken }
    const error = await refusal(scene, [...issue, '--mount', 'nopki'], { env })
    expect(error).toMatchObject({ exitCode: 4, code: 'not-found', status: 404 })
    expect(error.message).toContain('no handler for route "nopki/sign/any"')
    expect(error.hint).toContain('--mount')
  })

  test('an unknown mount, asked for with an ordinary token', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--mount', 'nopki'])
    expect(error).toMatchObject({ exitCode: 4, code: 'denied', status: 403 })
    expect(error.message).toContain('the token may not use nopki/sign/any: permission denied')
    expect(error.hint).toContain('certctl vault token-status')
  })

  test('an unknown role', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--role', 'nope'])
    expect(error).toMatchObject({
      exitCode: 4,
      code: 'rejected',
      message: 'role "nope" refuses the request: unknown role: nope',
    })
    expect(error.hint).toContain('vault list')
  })

  test('an issuer that is not there', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--issuer-ref', 'nobody'])
    expect(error).toMatchObject({ exitCode: 4 })
    expect(error.message).toContain('unable to find PKI issuer for reference: nobody')
    expect(error.hint).toContain('--issuer-ref')
  })

  test('a name that is not allowed', async ({ scene }) => {
    const error = await refusal(scene, ['issue', 'a.example.com', '--role', 'web', '--key-type', 'rsa2048'])
    expect(error).toMatchObject({ exitCode: 4, code: 'rejected' })
    expect(error.message).toContain('a.example.com not allowed by this role')
    expect(error.hint).toContain('--role')
  })

  test('an IP address that is not allowed', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--san', '10.0.0.7', '--role', 'no-ip'])
    expect(error).toMatchObject({ exitCode: 4 })
    expect(error.message).toContain('IP Subject Alternative Names are not allowed')
    expect(error.hint).toContain('allow_ip_sans')
  })

  test('a kind of key that was asked for', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--role', 'web', '--key-type', 'ec384'])
    expect(error).toMatchObject({ exitCode: 4, code: 'key-refused' })
    expect(error.message).toContain('role requires keys of type rsa')
    expect(error.hint).toContain('--key-type')
    expect(scene.vault.requests).toHaveLength(1)
  })

  test('a key of the server under a role of any kind of key', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--server-key'])
    expect(error).toMatchObject({ exitCode: 4 })
    expect(error.message).toContain('role key type "any" not allowed for issuing certificates')
    expect(error.hint).toContain('--server-key')
  })

  test("a TTL beyond the CA's end", async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--ttl', '8759h'])
    expect(error).toMatchObject({ exitCode: 4 })
    expect(error.message).toContain('beyond the expiration of the CA certificate')
    expect(error.hint).toContain('--ttl')
  })

  test('a token that is dead', async ({ scene }) => {
    await scene.vault.revokeToken(scene.token)
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 4, code: 'denied' })
    expect(error.message).toContain('permission denied; invalid token')
  })

  test('a token without the policy', async ({ scene }) => {
    const token = await scene.createToken({ policies: ['nothing'] })
    expect(await refusal(scene, issue, { env: { VAULT_TOKEN: token } })).toMatchObject({ exitCode: 4, code: 'denied' })
  })
})

describe.concurrent('what Vault gives in another way is warned of', () => {
  test('a TTL above the maximum: capped, and 0', async ({ scene }) => {
    const run = await scene.run([...issue, '--role', 'short', '--ttl', '30d', '--json'])
    expect(run.code).toBe(0)
    expect(run.json().warnings).toEqual([
      containing('longer than permitted maxTTL'),
      containing('not for 30d as asked for'),
    ])
    expect(run.stderr.match(/^warning: .*longer than permitted maxTTL/gm)).toHaveLength(1)
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(2)
  })

  test('a certificate that is revoked with its token', async ({ scene }) => {
    const run = await scene.run([...issue, '--role', 'lease'])
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: this role leases its certificates/)
  })

  test('names that the role adds or leaves out', async ({ scene }) => {
    const csr = await makeCsr({ sans: [{ type: 'dns', value: 'b.contract.test' }] })
    const run = await scene.run(['issue', '--csr', '-', '--role', 'no-csr-names', '--json'], { stdin: csr })
    expect(run.code).toBe(0)
    expect(run.json()).toMatchObject({ warnings: [] })
  })

  test('nothing, when Vault says that it ignored what the CSR has all the same', async ({ scene }) => {
    const run = await scene.run([...issue, '--san', 'b.contract.test', '--json'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.json()).toMatchObject({ warnings: [] })
  })
})

describe.concurrent('a file that is no good is 7, and nobody is asked', () => {
  test.for(['--csr', '--key'])('one that is missing: %s', async (flag, { scene }) => {
    const error = await refusal(scene, [...issue, flag, 'nowhere.pem'])
    expect(error).toMatchObject({ exitCode: 7 })
    expect(error.message).toContain('nowhere.pem')
    expect(scene.vault.requests).toEqual([])
  })

  test('a CSR that is none', async ({ scene }) => {
    const error = await refusal(scene, [...issue, '--csr', await scene.write('x.csr', 'nonsense')])
    expect(error).toMatchObject({ exitCode: 7 })
    expect(error.message).toContain('x.csr is no certificate request')
    expect(error.hint).toContain('openssl req')
  })

  test('a CSR that is none, from standard input', async ({ scene }) => {
    const error = await refusal(scene, ['issue', '--csr', '-'], { stdin: '-----BEGIN nonsense' })
    expect(error).toMatchObject({ exitCode: 7, message: 'standard input is no certificate request' })
  })

  test('a CSR with a bad signature', async ({ scene }) => {
    const file = await scene.write('x.csr', await makeCsr({ isBadlySigned: true }))
    const error = await refusal(scene, ['issue', '--csr', file])
    expect(error).toMatchObject({ exitCode: 7 })
    expect(error.message).toContain('has a bad signature')
    expect(scene.vault.requests).toEqual([])
  })

  test('a key that is broken', async ({ scene }) => {
    const pem = '-----BEGIN PRIVATE KEY-----\nbm90aGluZw==\n-----END PRIVATE KEY-----\n'
    const error = await refusal(scene, [...issue, '--key', await scene.write('x.key', pem)])
    expect(error).toMatchObject({ exitCode: 7 })
    expect(error.message).toContain('x.key is broken')
    expect(scene.vault.requests).toEqual([])
  })

  test('a key that is encrypted', async ({ scene }) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
    const error = await refusal(scene, [...issue, '--key', await scene.write('x.key', pem)])
    expect(error).toMatchObject({ exitCode: 7 })
    expect(error.hint).toContain('openssl pkey')
  })

  test('one key for a CA, and the certificate of another', async ({ scene }) => {
    await scene.run(['local', 'init'])
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = await scene.write('ca.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const { stdout } = await scene.run(['local', 'ca'])
    const args = ['local', 'init', '--force', '--cert', await scene.write('ca.pem', stdout), '--key', key]
    const error = await refusal(scene, args)
    expect(error).toMatchObject({ exitCode: 7 })
    expect(error.message).toMatch(/key/)
    expect((await scene.run(['local', 'ca'])).stdout).toBe(stdout)
  })
})
