import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { resolveSettingsPerProfile, type Settings, type SettingsInput } from '../../../src/config/settings.ts'
import { locateToken } from '../../../src/config/token-source.ts'
import { rejectionOf, savedProfiles, settingsWith, temporaryDirectory } from './support.ts'

let home: string
let warnings: string[]
let stdinReads: number

const io = {
  readStdin: () => Promise.resolve(`  from-stdin-${++stdinReads}\n`),
  warn: (text: string) => void warnings.push(text),
}

beforeEach(() => {
  home = temporaryDirectory()
  warnings = []
  stdinReads = 0
})

function write(name: string, content: string, mode = 0o600): string {
  const path = join(home, name)
  writeFileSync(path, content, { mode })
  return path
}

function settings(input: Partial<SettingsInput>): Settings {
  return settingsWith({ ...input, environment: { HOME: home, ...input.environment } })
}

async function token(input: Partial<SettingsInput>): Promise<{ token: string; source: string }> {
  const located = await locateToken(settings(input), io)
  return { token: (await located.read()).reveal(), source: located.source }
}

async function failure(input: Partial<SettingsInput>): Promise<unknown> {
  return rejectionOf(token(input))
}

describe('of all sources the first that there is counts:', () => {
  const variables = { CERTCTL_VAULT_TOKEN: 'own', BAO_TOKEN: 'bao', VAULT_TOKEN: 'vault' }

  test('the flag', async () => {
    const flags = { tokenFile: write('t', 'flagged\n') }
    expect(await token({ flags, environment: variables })).toEqual({ token: 'flagged', source: '--token-file' })
  })

  test('the variable of certctl', async () => {
    const profiles = savedProfiles({ prod: { tokenFile: write('t', 'saved') } })
    const input = { environment: variables, profiles, profileNames: ['prod'] }
    expect(await token(input)).toEqual({ token: 'own', source: 'CERTCTL_VAULT_TOKEN' })
  })

  test('the file of a named profile, before the variables of Vault', async () => {
    const profiles = savedProfiles({ prod: { tokenFile: write('t', 'saved') } })
    const input = { environment: { ...variables, CERTCTL_VAULT_TOKEN: '' }, profiles, profileNames: ['prod'] }
    expect(await token(input)).toEqual({ token: 'saved', source: 'profile "prod"' })
  })

  test('the file that a variable names, before the file of a named profile', async () => {
    const profiles = savedProfiles({ prod: { tokenFile: write('t', 'saved') } })
    const environment = { VAULT_TOKEN: 'vault', CERTCTL_VAULT_TOKEN_FILE: write('u', 'file') }
    expect(await token({ environment, profiles, profileNames: ['prod'] })).toEqual({
      token: 'file',
      source: 'CERTCTL_VAULT_TOKEN_FILE',
    })
  })

  test('the variable of OpenBao, then of Vault, before the file that a variable names', async () => {
    const CERTCTL_VAULT_TOKEN_FILE = write('u', 'file')
    const environment = { CERTCTL_VAULT_TOKEN_FILE, BAO_TOKEN: 'bao', VAULT_TOKEN: 'vault' }
    expect(await token({ environment })).toEqual({ token: 'bao', source: 'BAO_TOKEN' })
    expect(await token({ environment: { ...environment, BAO_TOKEN: '' } })).toEqual({
      token: 'vault',
      source: 'VAULT_TOKEN',
    })
    expect((await token({ environment: { CERTCTL_VAULT_TOKEN_FILE } })).token).toBe('file')
  })

  test('the credential of the service manager, before the profile in use', async () => {
    mkdirSync(join(home, 'creds'))
    write('creds/vault-token', 'credential', 0o644)
    const profiles = savedProfiles({ prod: { tokenFile: write('t', 'saved') } }, 'prod')
    const environment = { CREDENTIALS_DIRECTORY: join(home, 'creds') }
    expect(await token({ environment, profiles })).toEqual({ token: 'credential', source: 'CREDENTIALS_DIRECTORY' })
    expect(warnings).toEqual([])
    expect((await token({ environment: { CREDENTIALS_DIRECTORY: home }, profiles })).token).toBe('saved')
  })

  test('the token helper, before the file of the vault CLI', async () => {
    write('.vault-token', 'file-of-vault\n')
    expect(await token({})).toEqual({ token: 'file-of-vault', source: '~/.vault-token' })
    const helper = write('helper', '#!/bin/sh\necho helped-$1\n', 0o700)
    write('.vault', `token_helper = "${helper}"`)
    expect(await token({})).toEqual({ token: 'helped-get', source: `token helper ${helper}` })
  })

  test('and without any, a token is required', async () => {
    expect(await failure({})).toMatchObject({ message: 'token is required', exitCode: 3 })
  })
})

describe('reading', () => {
  test('a file again gives what is in it by then', async () => {
    const path = write('t', 'first')
    const located = await locateToken(settings({ flags: { tokenFile: path } }), io)
    expect((await located.read()).reveal()).toBe('first')
    write('t', 'second')
    expect((await located.read()).reveal()).toBe('second')
    expect(located).toMatchObject({ origin: 'file', path })
  })

  test('stdin again gives the token that it gave', async () => {
    const located = await locateToken(settings({ flags: { tokenFile: '-' } }), io)
    expect((await located.read()).reveal()).toBe('from-stdin-1')
    expect((await located.read()).reveal()).toBe('from-stdin-1')
    expect(located).toMatchObject({ origin: 'stdin', source: '--token-file -' })
  })

  test('says when the token comes from a variable', async () => {
    expect(await locateToken(settings({ environment: { VAULT_TOKEN: 't' } }), io)).toMatchObject({ origin: 'variable' })
  })

  test('warns of a file that others can read', async () => {
    const path = write('t', 'token')
    await token({ flags: { tokenFile: path } })
    expect(warnings).toEqual([])
    chmodSync(path, 0o640)
    await token({ flags: { tokenFile: path } })
    expect(warnings).toEqual([
      expect.stringContaining(`${path} (--token-file) can be read by others than its owner (mode 0640)`),
    ])
  })
})

describe('a bad token', () => {
  test('in a file that is missing names path and source', async () => {
    const path = join(home, 'nowhere')
    expect(await failure({ environment: { CERTCTL_VAULT_TOKEN_FILE: path } })).toMatchObject({
      exitCode: 3,
      message: `token file ${path} (CERTCTL_VAULT_TOKEN_FILE) does not exist`,
    })
  })

  test('file that is a directory, too large or empty is told as such', async () => {
    expect(await failure({ flags: { tokenFile: home } })).toMatchObject({
      exitCode: 3,
      message: `token file ${home} (--token-file) is a directory`,
    })
    expect(await failure({ flags: { tokenFile: '/dev/zero' } })).toMatchObject({
      exitCode: 3,
      message: 'token file /dev/zero (--token-file) is too large',
    })
    const path = write('t', ' \n')
    expect(await failure({ flags: { tokenFile: path } })).toMatchObject({
      exitCode: 3,
      message: `token file ${path} (--token-file) is empty`,
    })
  })

  test.each(['planted\n', 'plan ted', 'planted\u0007', 'pläntedé'])(
    'in a variable (%j) is never shown',
    async (value) => {
      const error = await failure({ environment: { VAULT_TOKEN: value } })
      expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining('VAULT_TOKEN') as string })
      expect(JSON.stringify(error)).not.toMatch(/pl[aä]n/)
    },
  )

  test('of two lines in a file is never shown', async () => {
    const error = await failure({ flags: { tokenFile: write('t', 'planted\nmore\n') } })
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringContaining('--token-file') as string })
    expect(JSON.stringify(error)).not.toContain('planted')
  })

  test('on stdin that is empty is told as such', async () => {
    const located = await locateToken(settings({ flags: { tokenFile: '-' } }), {
      ...io,
      readStdin: () => Promise.resolve('\n'),
    })
    expect(await rejectionOf(located.read())).toMatchObject({
      exitCode: 3,
      message: 'the token on stdin (--token-file -) is empty',
    })
  })
})

describe('of several profiles', () => {
  const profileNames = ['a', 'b']

  test('each reads its own file, and no variable counts', async () => {
    const profiles = savedProfiles({ a: { tokenFile: write('a', 'token-a') }, b: { tokenFile: write('b', 'token-b') } })
    const environment = { HOME: home, VAULT_TOKEN: 'vault' }
    const all = resolveSettingsPerProfile({ flags: {}, environment, profiles, profileNames })
    const tokens = await Promise.all(all.map(async (one) => (await locateToken(one, io)).read()))
    expect(tokens.map((one) => one.reveal())).toEqual(['token-a', 'token-b'])
  })

  test('one without a file is named', async () => {
    write('.vault-token', 'file-of-vault')
    const profiles = savedProfiles({ a: {}, b: {} })
    const [first] = resolveSettingsPerProfile({ flags: {}, environment: { HOME: home }, profiles, profileNames })
    expect(await rejectionOf(locateToken(first!, io))).toMatchObject({
      exitCode: 3,
      message: 'token is required for profile "a"',
    })
  })
})

describe('a token helper', () => {
  function helper(script: string, name = 'helper'): void {
    const path = write(name, `#!/bin/sh\n${script}\n`, 0o700)
    write('.vault', JSON.stringify({ token_helper: path }))
  }

  test('is told the address as it was written', async () => {
    helper('echo "$VAULT_ADDR,$BAO_ADDR"')
    const environment = { VAULT_ADDR: 'https://other', CERTCTL_VAULT_ADDR: 'https://vault:8200' }
    expect((await token({ environment })).token).toBe('https://vault:8200,https://vault:8200')
  })

  test('runs in the shell of the user', async () => {
    helper('echo helped')
    const shell = write('shell', '#!/bin/sh\necho shell:$1:$2\n', 0o700)
    expect(await failure({ environment: { SHELL: shell } })).toMatchObject({ exitCode: 3 })
    write('shell', '#!/bin/sh\necho "shell:$1"\n', 0o700)
    expect((await token({ environment: { SHELL: shell } })).token).toBe('shell:-c')
  })

  test('may have a path with a space and a quote in it', async () => {
    helper('echo helped', "my 'helper")
    expect((await token({})).token).toBe('helped')
  })

  test('that fails is shown with what it says', async () => {
    helper(String.raw`echo planted; printf 'no\033[31m keyring' >&2; exit 3`)
    const error = await failure({})
    expect(error).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /^the token helper .*helper ended with status 3: no\\u\{1b\}\[31m keyring$/,
      ) as string,
    })
    expect(JSON.stringify(error)).not.toContain('planted')
  })

  test('that prints nothing has no token', async () => {
    helper('true')
    expect(await failure({})).toMatchObject({ exitCode: 3, message: 'token is required' })
  })

  test('that does not exist is refused, by the name of the file that names it', async () => {
    const file = write('elsewhere', 'token_helper = "/nowhere/helper"')
    expect(await failure({ environment: { VAULT_CONFIG_PATH: file } })).toMatchObject({
      exitCode: 3,
      message: `the token helper /nowhere/helper (${file}) does not exist`,
    })
  })

  test('that hangs is ended with the signal', async () => {
    helper('exec sleep 60')
    const located = await locateToken(settings({}), io)
    const controller = new AbortController()
    const reading = rejectionOf(located.read(controller.signal))
    controller.abort(new Error('stopped'))
    expect(await reading).toMatchObject({ message: 'stopped' })
  })
})
