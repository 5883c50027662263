import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { approles } from '../support/login-fixture.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { type Scene, test } from './support/scene.ts'

const renewal = 'auth/token/renew-self'
const replaced = 'vault token replaced'
const refused = 'the new credentials are refused; the old ones go on'
const withoutToken = { VAULT_TOKEN: undefined }

interface Watched {
  readonly keepAlive: KeepAlive
  readonly file: string
}

async function watching(scene: Scene): Promise<Watched> {
  const file = await scene.write('secrets/token', `${scene.token}\n`)
  return { file, keepAlive: await KeepAlive.started(scene, ['--token-file', file], { env: withoutToken }) }
}

async function replace(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** The token that a renewal is done with now. */
async function tokenInUse(keepAlive: KeepAlive): Promise<unknown> {
  const after = keepAlive.told.filter((message) => message === messages.renewed).length
  keepAlive.signal('SIGUSR2')
  await keepAlive.waitFor(messages.renewed, { after })
  return keepAlive.scene.vault.requestsTo(renewal).at(-1)?.headers['x-vault-token']
}

const warnings = ({ log }: KeepAlive) => log.filter(({ level }) => level !== 'info')

describe.concurrent('a token that is rotated on disk is taken over without a signal', () => {
  test.for<readonly [string, (file: string, token: string) => Promise<void>]>([
    ['by a rename', (file, token) => replace(file, token)],
    ['in place', (file, token) => writeFile(file, `${token}\n`)],
    [
      'after the file was away for a moment',
      async (file, token) => {
        await rm(file)
        await wait(700)
        await writeFile(file, token, { mode: 0o600 })
      },
    ],
    [
      'by a writer that truncates first and takes its time',
      async (file, token) => {
        await writeFile(file, '')
        await wait(700)
        await writeFile(file, token)
      },
    ],
    [
      'with its directory',
      async (file, token) => {
        await mkdir(`${dirname(file)}.new`)
        await writeFile(join(`${dirname(file)}.new`, 'token'), token, { mode: 0o600 })
        await rm(dirname(file), { recursive: true })
        await rename(`${dirname(file)}.new`, dirname(file))
      },
    ],
  ])('%s', async ([, rotate], { scene }) => {
    const { keepAlive, file } = await watching(scene)
    const token = await scene.createToken({ ttl: '2h' })
    await rotate(file, token)
    expect(await keepAlive.waitFor(messages.renewed, { patience: 45_000 })).toMatchObject({ leaseSeconds: 7200 })
    expect(keepAlive.told).toContain(replaced)
    expect(warnings(keepAlive)).toEqual([])
    expect(scene.vault.requestsTo(renewal).map(({ headers }) => headers['x-vault-token'])).toEqual([token])
    const run = await keepAlive.stop()
    for (const secret of [token, scene.token]) expect(run.stderr).not.toContain(secret)
  })

  test('by a swap of links, as Kubernetes does it', async ({ scene }) => {
    for (const [version, token] of [
      ['..1', scene.token],
      ['..2', await scene.createToken({ ttl: '2h' })],
    ] as const) {
      await scene.write(`volume/${version}/token`, token)
    }
    await symlink('..1', scene.path('volume', '..data'))
    await symlink('..data/token', scene.path('volume', 'token'))
    const args = ['--token-file', scene.path('volume', 'token')]
    const keepAlive = await KeepAlive.started(scene, args, { env: withoutToken })
    await symlink('..2', scene.path('volume', '..data_tmp'))
    await rename(scene.path('volume', '..data_tmp'), scene.path('volume', '..data'))
    await keepAlive.waitFor(replaced)
    expect(await keepAlive.waitFor(messages.renewed)).toMatchObject({ leaseSeconds: 7200 })
    await keepAlive.stop()
  })

  test.for(['CERTCTL_VAULT_TOKEN_FILE', 'CREDENTIALS_DIRECTORY', '~/.vault-token', 'a profile'])(
    'when it comes from %s',
    async (source, { scene }) => {
      const file = source.startsWith('~')
        ? join(scene.host.home, '.vault-token')
        : await scene.write('d/vault-token', scene.token)
      await writeFile(file, scene.token, { mode: 0o600 })
      if (source === 'a profile') await scene.run(['profile', 'set', 'prod', '--token-file', file])
      const variables: Record<string, string> = {
        CERTCTL_VAULT_TOKEN_FILE: file,
        CREDENTIALS_DIRECTORY: dirname(file),
        'a profile': 'prod',
      }
      const name = source === 'a profile' ? 'CERTCTL_PROFILE' : source
      const env = { ...withoutToken, ...(variables[source] ? { [name]: variables[source] } : {}) }
      const keepAlive = await KeepAlive.started(scene, [], { env })
      await replace(file, await scene.createToken({ ttl: '2h' }))
      await keepAlive.waitFor(replaced)
      expect(warnings(keepAlive)).toEqual([])
      await keepAlive.stop()
    },
  )

  test('once the server that was away has proven it', async ({ scene }) => {
    const { keepAlive, file } = await watching(scene)
    const token = await scene.createToken({ ttl: '2h' })
    await scene.vault.seal()
    await replace(file, token)
    expect(await keepAlive.waitFor('the new token cannot be proven yet; it is tried again')).toMatchObject({
      code: 'sealed',
    })
    await scene.vault.unseal()
    await keepAlive.waitFor(replaced, { patience: 30_000 })
    expect(warnings(keepAlive)).toEqual([])
    await keepAlive.stop()
  })

  test('by a loop that had ended while that of another profile went on', async ({ scene }) => {
    const files = [
      await scene.write('one', scene.token),
      await scene.write('two', await scene.createToken({ ttl: '1h' })),
    ]
    for (const [index, name] of ['one', 'two'].entries()) {
      await scene.run(['profile', 'set', name, '--address', scene.vault.address, '--token-file', files[index]!])
    }
    const env = { ...withoutToken, VAULT_ADDR: undefined, CERTCTL_VAULT_ROLE: undefined }
    const keepAlive = await KeepAlive.started(scene, ['--profile', 'one', '--profile', 'two'], { env })
    await keepAlive.waitFor(messages.started, { after: 1 })
    await scene.vault.revokeToken(scene.token)
    keepAlive.signal('SIGUSR2')
    expect(await keepAlive.waitFor(messages.expired)).toMatchObject({ issuer: 'one' })
    await replace(files[0]!, await scene.createToken({ ttl: '2h' }))
    expect(await keepAlive.waitFor(messages.started, { after: 2 })).toMatchObject({ issuer: 'one' })
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('by a loop that lingers', async ({ scene }) => {
    const first = await scene.createToken({ ttl: '1h', renewable: false })
    const file = await scene.write('token', first)
    const args = ['--linger', '--token-file', file]
    const keepAlive = await KeepAlive.started(scene, args, { env: withoutToken })
    await keepAlive.waitFor('metrics stay until the token expires')
    await replace(file, scene.token)
    await keepAlive.waitFor(messages.started, { after: 1 })
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })
})

describe.concurrent('a bad token on disk', () => {
  test.for([
    ['that is empty', '', 'is empty'],
    ['with a line break in it', 'hvs.one\nhvs.two', 'white space'],
    ['that the server denies', 'hvs.of-nobody', 'permission denied'],
  ] as const)('%s is refused with one warning, and the old one goes on', async ([, content, cause], { scene }) => {
    const { keepAlive, file } = await watching(scene)
    await replace(file, content)
    expect((await keepAlive.waitFor(refused)).cause).toContain(cause)
    const { length } = scene.vault.requests
    await replace(file, content)
    await wait(4000)
    expect(scene.vault.requests).toHaveLength(length)
    expect(warnings(keepAlive)).toHaveLength(1)
    expect(await tokenInUse(keepAlive)).toBe(scene.token)
    await replace(file, await scene.createToken({ ttl: '2h' }))
    await keepAlive.waitFor(replaced)
    expect(await keepAlive.stop()).toMatchObject({ code: 0 })
  })

  test('that is gone is told once, and one that comes back is taken', async ({ scene }) => {
    const { keepAlive, file } = await watching(scene)
    await rm(file)
    expect((await keepAlive.waitFor(refused)).cause).toContain('does not exist')
    await replace(file, await scene.createToken({ ttl: '2h' }))
    await keepAlive.waitFor(replaced)
    expect(warnings(keepAlive)).toHaveLength(1)
    await keepAlive.stop()
  })
})

describe.concurrent('files of a login', () => {
  test('are tried at once when they change while logins fail', async ({ scene }) => {
    const soon = await scene.createToken({ ttl: '1h', renewable: false })
    scene.vault.token(soon)!.expiresAt = new Date(Date.now() + 600_000)
    const roleId = await scene.write('role-id', approles.web!.roleId)
    const secretId = await scene.write('secret-id', 'wrong')
    await scene.write('sink', soon)
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--secret-id-file', secretId, '--sink', 'sink']
    const env = { ...withoutToken, CERTCTL_LOG_LEVEL: 'debug' }
    const keepAlive = await KeepAlive.started(scene, how, { env })
    const failures = () => keepAlive.log.filter(({ message }) => message.startsWith('vault login failed'))
    const nextTry = () => Date.parse(String(failures().at(-1)?.nextAttemptAt))
    await until(() => nextTry() - Date.now() > 6000, { patience: 45_000 })
    await replace(secretId, approles.web!.secretId!)
    const { time } = await keepAlive.waitFor('vault login gave a new token')
    expect(Date.parse(time)).toBeLessThan(nextTry())
    await keepAlive.stop()
  })

  test('are left to the next login while all is well', async ({ scene }) => {
    const roleId = await scene.write('role-id', approles.web!.roleId)
    const secretId = await scene.write('secret-id', approles.web!.secretId!)
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--secret-id-file', secretId]
    const keepAlive = await KeepAlive.started(scene, how, { env: withoutToken })
    await replace(secretId, 'another')
    await wait(1500)
    expect(scene.vault.requestsTo('auth/approle/login')).toHaveLength(1)
    expect(warnings(keepAlive)).toEqual([])
    await keepAlive.stop()
  })
})
