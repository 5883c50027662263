import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { anyText } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

const bare = { env: { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined } }

async function profile(scene: Scene, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const run = await scene.run(['profile', ...args, '--json'], bare)
  expect(run).toMatchObject({ code: 0, stderr: '' })
  return run.json()
}

describe.concurrent('a profile', () => {
  test('is saved, shown, used, listed and removed', async ({ scene }) => {
    expect(await profile(scene, 'set', 'prod', '--address', 'https://vault.test:8200', '--role', 'web')).toMatchObject({
      schema: 1,
      name: 'prod',
      settings: { address: 'https://vault.test:8200', role: 'web' },
    })
    await profile(scene, 'set', 'prod', '--mount', 'pki_int', '--role', '')
    const settings = { address: 'https://vault.test:8200', mount: 'pki_int' }
    expect(await profile(scene, 'show', 'prod')).toMatchObject({ schema: 1, name: 'prod', settings })
    await profile(scene, 'set', 'prod', '--tls-skip-verify')
    expect(await profile(scene, 'set', 'prod', '--no-tls-skip-verify')).toMatchObject({
      settings: { ...settings, tlsSkipVerify: false },
    })
    await profile(scene, 'use', 'prod')
    expect(await profile(scene, 'show')).toMatchObject({ name: 'prod', settings })
    expect(await profile(scene, 'list')).toMatchObject({
      schema: 1,
      current: 'prod',
      profiles: [{ name: 'prod', settings }],
    })
    await profile(scene, 'remove', 'prod')
    expect(await profile(scene, 'list')).toMatchObject({ current: null, profiles: [] })
  })

  test('is kept in a private file, with the path of the token and never the token', async ({ scene }) => {
    await scene.write('token', scene.token)
    await profile(scene, 'set', 'prod', '--token-file', 'token')
    const file = join(scene.host.configDir, 'profiles.json')
    expect((await lstat(file)).mode & 0o777).toBe(0o600)
    expect((await lstat(scene.host.configDir)).mode & 0o777).toBe(0o700)
    const text = await readFile(file, 'utf8')
    expect(text).toContain(scene.path('token'))
    expect(text).not.toContain(scene.token)
  })

  test('is read without anything being written', async ({ scene }) => {
    await profile(scene, 'list')
    await expect(lstat(scene.host.configDir)).rejects.toThrow('ENOENT')
  })

  test('that is not there is 3', async ({ scene }) => {
    for (const args of [['show', 'nobody'], ['use', 'nobody'], ['remove', 'nobody'], ['show']]) {
      const run = await scene.run(['profile', ...args, '--json'], bare)
      expect(run.code).toBe(3)
      expect(run.json()).toMatchObject({ error: { exitCode: 3, hint: anyText } })
    }
  })
})

describe.concurrent('a setting is taken', () => {
  test('from flag, own variable, named profile, Vault variables, profile in use, in this order', async ({ scene }) => {
    const order = ['flag', 'own', 'named', 'bao', 'vault', 'used']
    // Nobody listens at any of them; the error names the one that was asked.
    const at = (name: string) => `http://127.0.0.${order.indexOf(name) + 2}:1`
    for (const name of ['named', 'used']) await profile(scene, 'set', name, '--address', at(name))
    await profile(scene, 'use', 'used')
    const winner = async (sources: readonly string[]) => {
      const only = (name: string) => (sources.includes(name) ? at(name) : undefined)
      const env = { CERTCTL_VAULT_ADDR: only('own'), BAO_ADDR: only('bao'), VAULT_ADDR: only('vault') }
      const flags = [
        ...(sources.includes('flag') ? ['--address', at('flag')] : []),
        ...(sources.includes('named') ? ['--profile', 'named'] : []),
      ]
      const run = await scene.run(['vault', 'token-status', '--json', '--max-retries', '0', ...flags], { env })
      const { error } = run.json() as { error: { message: string } }
      return order.find((name) => error.message.startsWith(`${at(name)} did not answer`)) ?? error.message
    }
    expect(await Promise.all(order.map((_, index) => winner(order.slice(index))))).toEqual(order)
  })

  test('from CERTCTL_PROFILE as from --profile', async ({ scene }) => {
    await profile(scene, 'set', 'prod', '--address', scene.vault.address)
    const env = { CERTCTL_PROFILE: 'prod', VAULT_ADDR: 'https://nowhere.invalid' }
    expect(await scene.run(['vault', 'token-status'], { env })).toMatchObject({ code: 0 })
  })

  test('and --effective says from where, the token blanked', async ({ scene }) => {
    await profile(scene, 'set', 'prod', '--address', scene.vault.address, '--mount', 'pki_int', '--role', 'any')
    await profile(scene, 'use', 'prod')
    const env = { VAULT_ADDR: 'https://vault.test', CERTCTL_VAULT_ROLE: 'web' }
    const run = await scene.run(['profile', 'show', '--effective', '--ttl', '12h', '--json'], { env })
    const { settings } = run.json() as { settings: { key: string; value: string; source: string }[] }
    expect(settings).toEqual(
      expect.arrayContaining([
        { key: 'address', value: 'https://vault.test', source: 'VAULT_ADDR' },
        { key: 'mount', value: 'pki_int', source: 'profile "prod"' },
        { key: 'role', value: 'web', source: 'CERTCTL_VAULT_ROLE' },
        { key: 'ttl', value: '12h', source: '--ttl' },
        { key: 'timeout', value: '30s', source: 'default' },
        { key: 'token', value: '[redacted]', source: 'VAULT_TOKEN' },
      ]),
    )
    expect(run.stdout + run.stderr).not.toContain(scene.token)
    expect(scene.vault.requests).toEqual([])
  })

  test('and --effective goes by --profile as every command does', async ({ scene }) => {
    await profile(scene, 'set', 'prod', '--mount', 'pki_prod')
    await profile(scene, 'set', 'lab', '--mount', 'pki_lab')
    await profile(scene, 'use', 'lab')
    const shown = async (...args: readonly string[]) => {
      const run = await scene.run(['profile', 'show', '--effective', '--json', ...args], {
        env: { CERTCTL_PROFILE: 'lab' },
      })
      return run.json()
    }
    const mount = { key: 'mount', value: 'pki_prod', source: 'profile "prod"' }
    const expected = { profile: 'prod', settings: expect.arrayContaining([mount]) as unknown }
    expect(await shown('--profile', 'prod')).toMatchObject(expected)
    expect(await shown('prod')).toMatchObject(expected)
    expect(await shown('prod', '--profile', 'lab')).toMatchObject({ error: { exitCode: 2 } })
  })
})

describe.concurrent('the token is taken', () => {
  test('in the order of the surface', async ({ scene }) => {
    const tokens = ['flag', 'own', 'bao', 'vault', 'file', 'home'] as const
    const [flag, own, bao, vault, file, home] = await Promise.all(
      tokens.map((displayName) => scene.createToken({ displayName })),
    )
    await scene.write('../home/.vault-token', home!)
    const sources: readonly (readonly [string, Record<string, string>])[] = [
      ['own', { CERTCTL_VAULT_TOKEN: own! }],
      ['bao', { BAO_TOKEN: bao! }],
      ['vault', { VAULT_TOKEN: vault! }],
      ['file', { CERTCTL_VAULT_TOKEN_FILE: await scene.write('file', file!) }],
      ['home', {}],
    ]
    const shown = async (args: readonly string[], from: number) => {
      const env = Object.assign(
        { VAULT_TOKEN: undefined },
        ...sources.slice(from).map(([, env]) => env),
      ) as NodeJS.ProcessEnv
      const run = await scene.run(['vault', 'token-status', '--json', ...args], { env })
      return (run.json() as { token: { displayName: string } }).token.displayName
    }
    expect(await shown(['--token-file', await scene.write('flag', flag!)], 0)).toBe('token-flag')
    const names = await Promise.all(sources.map((_, index) => shown([], index)))
    expect(names).toEqual(['token-own', 'token-bao', 'token-vault', 'token-file', 'token-home'])
  })

  test('from standard input', async ({ scene }) => {
    const run = await scene.run(['vault', 'token-status', '--token-file', '-'], {
      stdin: `${scene.token}\n`,
      env: { VAULT_TOKEN: undefined },
    })
    expect(run).toMatchObject({ code: 0, stderr: '' })
  })

  test('from the service manager', async ({ scene }) => {
    await scene.write('vault-token', scene.token, 0o440)
    const env = { VAULT_TOKEN: undefined, CREDENTIALS_DIRECTORY: scene.path() }
    expect(await scene.run(['vault', 'token-status'], { env })).toMatchObject({ code: 0, stderr: '' })
  })

  test('from a token helper', async ({ scene }) => {
    const helper = await scene.write('helper', `#!/bin/sh\n[ "$1" = get ] && printf %s "${scene.token}"\n`, 0o700)
    await scene.write('../home/.vault', `token_helper = "${helper}"\n`)
    expect(await scene.run(['vault', 'token-status'], { env: { VAULT_TOKEN: undefined } })).toMatchObject({ code: 0 })
  })
})
