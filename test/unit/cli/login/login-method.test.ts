import { describe, expect, it } from 'vitest'
import type { AuthMethod, LoginFlags } from '../../../../src/cli/login/login-flags.ts'
import { asksPerson, loginMethod } from '../../../../src/cli/login/login-method.ts'
import { checkLoginFlags } from '../../../../src/cli/login/login-opening.ts'
import { openSinks } from '../../../../src/cli/login/sinks.ts'
import type { Settings } from '../../../../src/config/settings.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'

const temporaryDirectory = useTemporaryDirectories()

const nothing = {} as Settings
const certificate = { clientCert: { value: '/c.pem' }, clientKey: { value: '/k.pem' } } as Settings

function methodOf(auth: AuthMethod, flags: LoginFlags, settings = nothing) {
  return loginMethod(auth, { auth, ...flags }, settings)
}

describe('the login that flags ask for', () => {
  it.each([
    ['approle', { 'role-id-file': '/r' }, ['/r']],
    ['approle', { 'role-id-file': '/r', 'secret-id-file': '/s' }, ['/r', '/s']],
    ['approle', { 'role-id-file': '/r', 'wrapped-secret-id-file': '/w' }, ['/r', '/w']],
    ['jwt', { 'jwt-file': '/j' }, ['/j']],
    ['kubernetes', { 'auth-role': 'web' }, ['/var/run/secrets/kubernetes.io/serviceaccount/token']],
    ['kubernetes', { 'auth-role': 'web', 'jwt-file': '/j' }, ['/j']],
    ['userpass', { username: 'ann', 'password-file': '/p' }, ['/p']],
    ['ldap', { username: 'ann', 'password-file': '/p' }, ['/p']],
  ] as const)('%s %j reads %j', async (auth, flags, files) => {
    expect(await methodOf(auth, flags)).toMatchObject({ kind: auth, mount: auth, files })
  })

  it('by certificate reads that of the connection', async () => {
    expect(await methodOf('cert', {}, certificate)).toMatchObject({ mount: 'cert', files: ['/c.pem', '/k.pem'] })
  })

  it.each([
    ['auth/team/ci/', 'team/ci'],
    ['/team', 'team'],
    ['auth', 'auth'],
  ])('has the mount %s without what the API adds', async (given, mount) => {
    expect(await methodOf('jwt', { 'jwt-file': '/j', 'auth-mount': given })).toMatchObject({ mount })
  })

  it.each(['', '/', 'auth/', '../sys', 'a//b', 'a/../b'])('refuses the mount "%s"', async (given) => {
    const method = methodOf('jwt', { 'jwt-file': '/j', 'auth-mount': given })
    await expect(method).rejects.toMatchObject({ exitCode: 2 })
  })

  it('asks a person for a password only where no file has it', () => {
    expect(asksPerson({ auth: 'userpass' })).toBe(true)
    expect(asksPerson({ auth: 'ldap', 'password-file': '/p' })).toBe(false)
    expect(asksPerson({ auth: 'approle' })).toBe(false)
  })
})

describe('flags of a login', () => {
  it('go with --auth', () => {
    expect(() => checkLoginFlags({ 'jwt-file': '/j' }, 1)).toThrow('--jwt-file goes with --auth')
    expect(() => checkLoginFlags({ sink: ['/s'] }, 3)).toThrow('--sink goes with --auth')
    expect(() => checkLoginFlags({}, 3)).not.toThrow()
  })

  it('are for one profile', () => {
    expect(() => checkLoginFlags({ auth: 'jwt' }, 1)).not.toThrow()
    expect(() => checkLoginFlags({ auth: 'jwt' }, 2)).toThrow('several profiles')
  })
})

describe('the sinks that flags name', () => {
  it('are each there once', async () => {
    const path = `${await temporaryDirectory()}/one`
    expect((await openSinks({ sink: [path, path] })).map((sink) => sink.path)).toEqual([path])
    expect(await openSinks({})).toEqual([])
  })

  it.each(['0644', '0601', '666', '0200', '40', '01640', 'rw', '-600', ''])('refuse the mode "%s"', async (mode) => {
    await expect(openSinks({ sink: ['/tmp/one'], 'sink-mode': mode })).rejects.toMatchObject({ exitCode: 2 })
  })
})
