import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Environment } from '../../../src/config/environment.ts'
import { readTlsFiles, type TlsFiles } from '../../../src/config/tls-files.ts'
import { rejectionOf, settingsWith, temporaryDirectory } from './support.ts'

let made: string
let directory: string

beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'certctl-tls-'))
  for (const name of ['one', 'two']) makePair(name)
})
afterAll(() => rmSync(made, { recursive: true, force: true }))
beforeEach(() => {
  directory = temporaryDirectory()
})

function makePair(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(made, `${name}.key`)]
  const cert = ['-x509', '-subj', `/CN=${name}`, '-days', '2', '-out', join(made, `${name}.pem`)]
  execFileSync('openssl', ['req', ...key, ...cert], { stdio: 'ignore' })
}

function pem(name: string): string {
  return readFileSync(join(made, name), 'utf8')
}

function write(name: string, content: string): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

function read(environment: Environment, flags = {}): Promise<TlsFiles> {
  return readTlsFiles(settingsWith({ environment, flags }))
}

function subjects({ ca }: TlsFiles): readonly string[] | undefined {
  return ca?.map((one) => new X509Certificate(one).subject)
}

test('without settings, system roots stay and certificates are verified', async () => {
  expect(await read({})).toEqual({ skipVerify: false })
})

describe('the CA', () => {
  test('is every certificate of the file', async () => {
    const VAULT_CACERT = write('ca.pem', `first\n${pem('one.pem')}\nsecond\n${pem('two.pem')}`)
    expect(subjects(await read({ VAULT_CACERT }))).toEqual(['CN=one', 'CN=two'])
  })

  test('is the text of a variable', async () => {
    expect(subjects(await read({ VAULT_CACERT_BYTES: pem('one.pem') }))).toEqual(['CN=one'])
  })

  test('is every file of the directory and those below it, each certificate once', async () => {
    mkdirSync(join(directory, 'below'))
    write('a.pem', pem('one.pem'))
    write('below/b.pem', pem('two.pem'))
    symlinkSync(join(directory, 'below'), join(directory, 'link'))
    symlinkSync(join(directory, 'a.pem'), join(directory, 'c.pem'))
    expect(subjects(await read({ VAULT_CAPATH: directory }))).toEqual(['CN=one', 'CN=two'])
  })

  test('is the first of file, text and directory, as for Vault', async () => {
    write('a.pem', pem('two.pem'))
    const environment = { VAULT_CACERT_BYTES: pem('one.pem'), VAULT_CAPATH: directory }
    expect(subjects(await read(environment))).toEqual(['CN=one'])
    expect(subjects(await read({ ...environment, VAULT_CACERT: join(made, 'two.pem') }))).toEqual(['CN=two'])
  })

  test('of a flag goes before the one of a variable, whatever its form', async () => {
    write('a.pem', pem('two.pem'))
    expect(subjects(await read({ VAULT_CACERT: join(made, 'one.pem') }, { caPath: directory }))).toEqual(['CN=two'])
  })

  test('is read again at each call', async () => {
    const path = write('ca.pem', pem('one.pem'))
    const settings = settingsWith({ flags: { caCert: path } })
    expect(subjects(await readTlsFiles(settings))).toEqual(['CN=one'])
    write('ca.pem', pem('two.pem'))
    expect(subjects(await readTlsFiles(settings))).toEqual(['CN=two'])
  })

  test('file that is missing is told with path and source', async () => {
    expect(await rejectionOf(read({ VAULT_CACERT: '/nowhere/ca.pem' }))).toMatchObject({
      exitCode: 3,
      message: 'CA file /nowhere/ca.pem (VAULT_CACERT) does not exist',
    })
    expect(await rejectionOf(read({ VAULT_CAPATH: '/nowhere' }))).toMatchObject({
      message: 'CA directory /nowhere (VAULT_CAPATH) does not exist',
    })
  })

  test.each([
    ['nonsense', 'holds no PEM certificate'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'holds a certificate that is broken'],
  ])('file with %j is refused', async (content, problem) => {
    const caCert = write('ca.pem', content)
    expect(await rejectionOf(read({}, { caCert }))).toMatchObject({
      exitCode: 3,
      message: `CA file ${caCert} (--ca-cert) ${problem}`,
    })
  })

  test('directory is refused when one file in it is no PEM, when a link leads nowhere, and when it is empty', async () => {
    const message = async () => ((await rejectionOf(read({}, { caPath: directory }))) as Error).message
    expect(await message()).toBe(`CA directory ${directory} (--ca-path) holds no certificate`)
    write('a.pem', pem('one.pem'))
    symlinkSync('/nowhere', join(directory, 'link'))
    expect(await message()).toContain(`file ${directory}/link of CA directory ${directory} (--ca-path) does not exist`)
    rmSync(join(directory, 'link'))
    write('README', 'text')
    expect(await message()).toContain(`file ${directory}/README of CA directory`)
  })
})

describe('the client certificate', () => {
  test('is read with its key', async () => {
    const files = await read({ VAULT_CLIENT_CERT: join(made, 'one.pem'), VAULT_CLIENT_KEY: join(made, 'one.key') })
    expect(new X509Certificate(files.cert!).subject).toBe('CN=one')
    expect(files.key?.reveal()).toBe(pem('one.key'))
    expect(JSON.stringify(files)).not.toContain('PRIVATE KEY')
  })

  test.each([
    [{ clientCert: 'c' }, 'give --client-key'],
    [{ clientKey: 'k' }, 'give --client-cert'],
  ])('with only %j given is refused', async (flags, hint) => {
    expect(await rejectionOf(read({}, flags))).toMatchObject({ exitCode: 3, hint })
  })

  test('is refused when the key is of another, is none, or is encrypted', async () => {
    const message = async (clientKey: string) =>
      ((await rejectionOf(read({}, { clientCert: join(made, 'one.pem'), clientKey }))) as Error).message
    expect(await message(join(made, 'two.key'))).toContain('does not belong to')
    expect(await message(write('k', 'nonsense'))).toContain('holds no PEM key')
    expect(await message(write('k', '-----BEGIN ENCRYPTED PRIVATE KEY-----'))).toContain('is encrypted')
  })
})

test('name and verification are passed on', async () => {
  expect(await read({ VAULT_TLS_SERVER_NAME: 'vault.example', VAULT_SKIP_VERIFY: 'true' })).toEqual({
    serverName: 'vault.example',
    skipVerify: true,
  })
})
