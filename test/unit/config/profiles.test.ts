import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { ProfileStore } from '../../../src/config/profiles.ts'
import { rejectionOf, temporaryDirectory } from './support.ts'

let directory: string
let store: ProfileStore

beforeEach(() => {
  directory = join(temporaryDirectory(), 'certctl')
  store = new ProfileStore(directory)
})

function write(content: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(store.file, content)
}

test('reading writes nothing', async () => {
  expect(await store.read()).toEqual({ current: undefined, profiles: new Map() })
  expect(existsSync(directory)).toBe(false)
  write('{"schema":1,"profiles":{}}')
  await store.read()
  expect(readFileSync(store.file, 'utf8')).toBe('{"schema":1,"profiles":{}}')
})

test('what was saved is read again, under names with dots in them', async () => {
  await store.set('eu.prod', { address: 'https://vault:8200', tlsSkipVerify: true, allowRedirectHost: ['a:1'] })
  const { profiles } = await new ProfileStore(directory).read()
  expect(profiles).toEqual(
    new Map([['eu.prod', { address: 'https://vault:8200', tlsSkipVerify: true, allowRedirectHost: ['a:1'] }]]),
  )
})

test('the file is for its owner alone, and so is its directory', async () => {
  await store.set('prod', { role: 'web' })
  expect(statSync(store.file).mode & 0o777).toBe(0o600)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  chmodSync(store.file, 0o644)
  await store.set('prod', { role: 'mail' })
  expect(statSync(store.file).mode & 0o777).toBe(0o600)
})

test('setting adds to what is there, and an empty text takes a value out', async () => {
  await store.set('prod', { role: 'web', mount: 'pki', namespace: 'team' })
  expect(await store.set('prod', { role: 'mail', namespace: '' })).toEqual({ role: 'mail', mount: 'pki' })
  expect(await store.get('prod')).toEqual({ role: 'mail', mount: 'pki' })
})

test('a relative path is made absolute', async () => {
  await store.set('prod', { tokenFile: 'token', caCert: '/etc/ca.pem' })
  expect(await store.get('prod')).toEqual({ tokenFile: resolve('token'), caCert: '/etc/ca.pem' })
})

test.each([
  ['prod', { timeout: 'soon' }, 2],
  ['prod', { tokenFile: '-' }, 2],
  ['prod', { address: 'https://me:hunter2@vault' }, 3],
  ['', { role: 'web' }, 2],
  ['a/b', { role: 'web' }, 2],
  ['..', { role: 'web' }, 2],
  ['-x', { role: 'web' }, 2],
  ['__proto__', { role: 'web' }, 2],
])('profile %j with %j is refused and nothing is written', async (name, values, exitCode) => {
  expect(await rejectionOf(store.set(name, values))).toMatchObject({ exitCode })
  expect(existsSync(store.file)).toBe(false)
})

test('the profile in use is remembered, and forgotten when it is removed', async () => {
  await store.set('prod', { role: 'web' })
  await store.set('test', {})
  await store.use('prod')
  expect((await store.read()).current).toBe('prod')
  await store.remove('test')
  expect((await store.read()).current).toBe('prod')
  await store.remove('prod')
  expect(await store.read()).toEqual({ current: undefined, profiles: new Map() })
})

test('a profile that does not exist is refused with those that do', async () => {
  await store.set('prod', { role: 'web' })
  for (const act of [() => store.get('nope'), () => store.use('nope'), () => store.remove('nope')]) {
    expect(await rejectionOf(act())).toMatchObject({ exitCode: 3, hint: 'known profiles: prod' })
  }
})

describe('a file that is broken', () => {
  test.each([
    ['{"schema":1,', 'it is no JSON'],
    ['[]', 'is not as certctl writes it'],
    ['{"schema":1,"profiles":{"prod":{"role":null}}}', 'profiles.prod.role is not as certctl writes it'],
    ['{"schema":1,"profiles":{"prod":{"token":"hvs.planted"}}}', 'profile "prod" has the unknown key token'],
    ['{"schema":1,"profiles":{"a/b":{}}}', 'is not as certctl writes it'],
  ])('%s is told by its name and left as it was', async (content, reason) => {
    write(content)
    for (const act of [() => store.read(), () => store.set('prod', { role: 'web' }), () => store.remove('prod')]) {
      const error = await rejectionOf(act())
      expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining(reason) as string })
      expect((error as Error).message).toContain(store.file)
      expect(JSON.stringify(error)).not.toContain('planted')
    }
    expect(readFileSync(store.file, 'utf8')).toBe(content)
  })

  test('from a newer version is told as such', async () => {
    write('{"schema":2,"contexts":[]}')
    expect(await rejectionOf(store.read())).toMatchObject({ exitCode: 3, hint: 'update certctl' })
  })

  test('is told when it is no file at all', async () => {
    mkdirSync(store.file, { recursive: true })
    expect(await rejectionOf(store.read())).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('EISDIR') as string,
    })
  })
})

test('a number written by hand counts as its text', async () => {
  write('{"schema":1,"profiles":{"prod":{"maxRetries":0}}}')
  expect(await store.get('prod')).toEqual({ maxRetries: '0' })
})
