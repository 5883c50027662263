import { mkdir } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { refusal } from './support/refusal.ts'
import { test } from './support/scene.ts'

const status = ['vault', 'token-status']
const issue = ['issue', 'a.contract.test']

describe.concurrent('a missing setting', () => {
  test('no issuer at all is 3 and names both ways', async ({ scene }) => {
    const error = await refusal(scene, issue, { env: { VAULT_ADDR: undefined } })
    expect(error).toMatchObject({ exitCode: 3, code: 'no-issuer' })
    expect(error.message).toMatch(/--address.*--issuer local/)
    expect(scene.vault.requests).toHaveLength(0)
  })

  test('no address is 3', async ({ scene }) => {
    const error = await refusal(scene, status, { env: { VAULT_ADDR: undefined } })
    expect(error).toMatchObject({ exitCode: 3, code: 'no-addr', message: 'addr is required' })
    expect(error.hint).toContain('VAULT_ADDR')
  })

  test('an empty address counts as none', async ({ scene }) => {
    expect(await refusal(scene, status, { env: { VAULT_ADDR: '' } })).toMatchObject({ exitCode: 3, code: 'no-addr' })
  })

  test.for(['vault token-status', 'vault keep-alive', 'issue a.contract.test'])(
    'no token is 3: %s',
    async (command, { scene }) => {
      const error = await refusal(scene, command.split(' '), { env: { VAULT_TOKEN: undefined } })
      expect(error).toMatchObject({ exitCode: 3, code: 'no-token', message: 'token is required' })
      expect(error.hint).toContain('VAULT_TOKEN')
      expect(scene.vault.requests).toHaveLength(0)
    },
  )

  test('an empty token counts as none', async ({ scene }) => {
    expect(await refusal(scene, status, { env: { VAULT_TOKEN: '' } })).toMatchObject({ exitCode: 3, code: 'no-token' })
  })

  test('no role is 3', async ({ scene }) => {
    const error = await refusal(scene, issue, { env: { CERTCTL_VAULT_ROLE: undefined } })
    expect(error).toMatchObject({ exitCode: 3, message: 'role is required' })
    expect(error.hint).toContain('--role')
    expect(scene.vault.requests).toHaveLength(0)
  })

  test('an unknown profile is 3 and lists those that there are', async ({ scene }) => {
    await scene.run(['profile', 'set', 'prod', '--role', 'web'])
    const error = await refusal(scene, [...status, '--profile', 'stage'])
    expect(error).toMatchObject({ exitCode: 3, code: 'unknown-profile' })
    expect(error.message).toContain('"stage"')
    expect(error.hint).toContain('prod')
  })
})

describe.concurrent('a bad token', () => {
  test('with a newline in a variable is 3 and names the variable', async ({ scene }) => {
    const error = await refusal(scene, status, { env: { VAULT_TOKEN: 'hvs.first\nhvs.second' } })
    expect(error).toMatchObject({ exitCode: 3, code: 'malformed-token' })
    expect(error.message).toContain('VAULT_TOKEN')
    expect(JSON.stringify(error)).not.toMatch(/hvs\./)
  })

  test('with a newline in a file is 3 and names the file', async ({ scene }) => {
    const file = await scene.write('token', 'hvs.first\nhvs.second\n')
    const error = await refusal(scene, [...status, '--token-file', file])
    expect(error).toMatchObject({ exitCode: 3, code: 'malformed-token' })
    expect(error.message).toContain(file)
    expect(JSON.stringify(error)).not.toMatch(/hvs\./)
  })

  test('an empty file is 3', async ({ scene }) => {
    const file = await scene.write('token', ' \n')
    const error = await refusal(scene, [...status, '--token-file', file])
    expect(error).toMatchObject({ exitCode: 3, code: 'empty-token' })
    expect(error.message).toContain(file)
  })

  test('a missing file is 3', async ({ scene }) => {
    const error = await refusal(scene, [...status, '--token-file', 'nowhere/token'])
    expect(error).toMatchObject({ exitCode: 3 })
    expect(error.message).toMatch(/nowhere\/token.*--token-file/)
  })

  test('a missing file that a variable names is 3 and names the variable', async ({ scene }) => {
    const env = { VAULT_TOKEN: undefined, CERTCTL_VAULT_TOKEN_FILE: '/nowhere/token' }
    const error = await refusal(scene, status, { env })
    expect(error).toMatchObject({ exitCode: 3 })
    expect(error.message).toContain('CERTCTL_VAULT_TOKEN_FILE')
  })

  test('a directory in the place of the file is 3', async ({ scene }) => {
    await mkdir(scene.path('token'))
    expect(await refusal(scene, [...status, '--token-file', 'token'])).toMatchObject({ exitCode: 3 })
  })

  test('nothing on standard input is 3', async ({ scene }) => {
    const error = await refusal(scene, [...status, '--token-file', '-'], { stdin: '' })
    expect(error).toMatchObject({ exitCode: 3, code: 'empty-token' })
  })

  test('a newline at the end of a file does no harm', async ({ scene }) => {
    const file = await scene.write('token', `${scene.token}\n`)
    const run = await scene.run([...status, '--token-file', file], { env: { VAULT_TOKEN: undefined } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
  })

  test('a file that others can read is warned of', async ({ scene }) => {
    const file = await scene.write('token', scene.token, 0o644)
    const run = await scene.run([...status, '--token-file', file])
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: .*can be read by others.*chmod 600/)
  })
})

describe.concurrent('a bad value', () => {
  test('an address without a scheme is 2 from a flag', async ({ scene }) => {
    const error = await refusal(scene, [...status, '--address', 'vault.test:8200'])
    expect(error).toMatchObject({ exitCode: 2, hint: 'write https://vault.test:8200' })
    expect(error.message).toContain('--address')
  })

  test('an address without a scheme is 3 from a variable', async ({ scene }) => {
    const error = await refusal(scene, status, { env: { VAULT_ADDR: 'vault.test:8200' } })
    expect(error).toMatchObject({ exitCode: 3, hint: 'write https://vault.test:8200' })
    expect(error.message).toContain('VAULT_ADDR')
  })

  test.for(['flag', 'variable'])('a password in the address of a %s is 3 and not shown', async (from, { scene }) => {
    const address = scene.vault.address.replace('//', '//alice:hunter2-secret@')
    const args = from === 'flag' ? [...status, '--address', address] : status
    const error = await refusal(scene, args, { env: from === 'flag' ? {} : { VAULT_ADDR: address } })
    expect(error).toMatchObject({ exitCode: 3 })
    expect(error.message).toContain('user or password')
    expect(JSON.stringify(error)).not.toContain('hunter2-secret')
    expect(scene.vault.requests).toHaveLength(0)
  })

  test('a query in an address is 2 from a flag, 3 from a variable, and not shown', async ({ scene }) => {
    const address = `${scene.vault.address}/?token=hunter2-secret`
    const fromFlag = await refusal(scene, [...status, '--address', address])
    const fromVariable = await refusal(scene, status, { env: { VAULT_ADDR: address } })
    expect([fromFlag.exitCode, fromVariable.exitCode]).toEqual([2, 3])
    expect(JSON.stringify([fromFlag, fromVariable])).not.toContain('hunter2-secret')
  })

  test.for([
    ['http://alice:hunter2-secret@gateway.test:9091', 3, 'the address has a user or password in it'],
    ['http://gateway.test:9091/?token=hunter2-secret', 2, 'the address has a query or a fragment'],
  ] as const)('a secret in the URL of a Pushgateway is refused: %s', async ([url, exitCode, what], { scene }) => {
    const error = await refusal(scene, ['renew', '--all', '--push-gateway', url])
    expect(error).toMatchObject({ exitCode, message: `--push-gateway is invalid: ${what}` })
    expect(JSON.stringify(error)).not.toContain('hunter2-secret')
  })

  test('a duration that is none is 2 from a flag and 3 from a variable', async ({ scene }) => {
    const fromFlag = await refusal(scene, [...issue, '--ttl', '30x'])
    expect(fromFlag).toMatchObject({ exitCode: 2 })
    expect(fromFlag.message).toContain('--ttl')
    const fromVariable = await refusal(scene, issue, { env: { CERTCTL_VAULT_TTL: '30x' } })
    expect(fromVariable).toMatchObject({ exitCode: 3 })
    expect(fromVariable.message).toContain('CERTCTL_VAULT_TTL')
  })

  test('a switch that is none is 3 and names the variable', async ({ scene }) => {
    const error = await refusal(scene, status, { env: { VAULT_SKIP_VERIFY: 'maybe' } })
    expect(error).toMatchObject({ exitCode: 3, hint: 'write true or false' })
    expect(error.message).toContain('VAULT_SKIP_VERIFY')
  })

  test('a CA file that is missing is 3 and named, with the flag', async ({ scene }) => {
    const error = await refusal(scene, [...status, '--ca-cert', '/nowhere/ca.pem'])
    expect(error).toMatchObject({ exitCode: 3 })
    expect(error.message).toMatch(/\/nowhere\/ca\.pem.*--ca-cert/)
  })

  test('a file of profiles that is broken is 3 and named', async ({ scene }) => {
    await scene.run(['profile', 'set', 'prod', '--role', 'web'])
    await scene.write('../config/profiles.json', '{ "prod": ')
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 3 })
    expect(error.message).toContain('profiles.json')
  })
})

describe.concurrent('usage', () => {
  test.for([
    ['isue a.contract.test', /isue/],
    ['issue a.contract.test --rolle web', /--rolle/],
    ['issue a.contract.test --key-type dsa', /dsa/],
    ['issue', /NAME/],
    ['issue a.contract.test --print-key', /--print-key/],
    ['issue a.contract.test --csr x --key y', /--csr|--key/],
    ['issue bad_name! --role any', /--out/],
    ['renew', /--all/],
    ['renew a --renew-before 120%', /120%/],
    ['vault keep-alive --metrics-listen nonsense', /nonsense|--metrics-listen/],
    ['vault token-status --min-ttl soon', /soon/],
    ['profile set prod', /no setting/],
    ['profile set "" --role web', /profile/],
    ['completion tcsh', /tcsh/],
  ] as const)('is 2: %s', async ([line, message], { scene }) => {
    const error = await refusal(scene, line.split(' '))
    expect(error).toMatchObject({ exitCode: 2, code: 'usage' })
    expect(error.message).toMatch(message)
    expect(scene.vault.requests).toHaveLength(0)
  })

  test('goes to standard error in words when no JSON was asked for', async ({ scene }) => {
    const run = await scene.run(['renew'])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/^error: .*--all.*\nhint: .*--all/)
  })
})
