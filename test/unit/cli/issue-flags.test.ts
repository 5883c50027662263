import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { issueOrder } from '../../../src/cli/issue-flags.ts'
import { Duration } from '../../../src/core/duration.ts'
import { FileError, UsageError } from '../../../src/core/errors.ts'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { generatePrivateKey, type PrivateKey } from '../../../src/pki/private-key.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const none = { 'server-key': false, 'print-key': false, force: false }
let key: PrivateKey
let csr: string
let directory: string

beforeAll(async () => {
  key = await generatePrivateKey('ec256')
  csr = await createCsr({ commonName: 'web.corp', sans: [], key })
})

beforeEach(async () => {
  directory = await newDirectory()
})

type Flags = Partial<Parameters<typeof issueOrder>[1]>

function order(name: string | undefined, flags: Flags = {}, stdin = '') {
  const read: string[] = []
  const readStdin = (flag: string) => {
    read.push(flag)
    return Promise.resolve(stdin)
  }
  return { made: issueOrder(name, { ...none, ...flags }, Duration.ofDays(1), readStdin), read }
}

async function fileOf(content: string): Promise<string> {
  const path = join(directory, 'file')
  await writeFile(path, content, { mode: 0o600 })
  return path
}

describe('an order', () => {
  it('is for a key made here, below the working directory', async () => {
    const made = await order('*.web.corp', { san: ['b.corp'] }).made
    expect(made).toMatchObject({
      name: '*.web.corp',
      wanted: { ttl: Duration.ofDays(1), key: { origin: 'generated', keyType: undefined } },
      replace: false,
    })
    expect(made.directory?.path).toBe(join(process.cwd(), 'web.corp'))
  })

  it.each<[Flags, object]>([
    [{ 'key-type': 'rsa4096' }, { origin: 'generated', keyType: 'rsa4096' }],
    [{ 'server-key': true }, { origin: 'issuer', keyType: undefined }],
    [
      { 'server-key': true, 'key-type': 'ec384' },
      { origin: 'issuer', keyType: 'ec384' },
    ],
  ])('of %j', async (flags, source) => {
    expect((await order('web.corp', flags).made).wanted.key).toEqual(source)
  })

  it('uses the key of a file', async () => {
    const { wanted } = await order('web.corp', { key: await fileOf(key.pem.reveal()) }).made
    expect(wanted.key.origin === 'file' && wanted.key.key.publicKey.equals(key.publicKey)).toBe(true)
  })

  it.each(['-', 'file'])('takes NAME from the CSR: --csr %s', async (from) => {
    const { made, read } = order(undefined, { csr: from === '-' ? '-' : await fileOf(csr) }, csr)
    expect((await made).name).toBe('web.corp')
    expect((await made).directory?.path).toBe(join(process.cwd(), 'web.corp'))
    expect(read).toEqual(from === '-' ? ['--csr -'] : [])
  })

  it('goes to the directory that is named', async () => {
    const made = await order('Web Server', { out: join(directory, 'web'), force: true }).made
    expect(made.directory?.path).toBe(join(directory, 'web'))
    expect(made.replace).toBe(true)
  })

  it('goes to stdout, whatever NAME is', async () => {
    expect((await order('Web Server', { out: '-', 'print-key': true }).made).directory).toBeUndefined()
  })
})

describe('an order that makes no sense', () => {
  it.each<[string | undefined, Flags, string]>([
    [undefined, {}, 'NAME is missing'],
    ['', {}, 'NAME is empty'],
    ['Web Server', {}, '--out is required: "Web Server" is no DNS name and no IP address'],
    ['ops@web.corp', {}, '--out is required'],
    ['web.corp', { out: '' }, '--out is empty'],
    ['web.corp', { 'print-key': true }, '--print-key goes with --out -'],
    ['web.corp', { 'print-key': true, out: 'web' }, '--print-key goes with --out -'],
    ['web.corp', { san: ['no name'] }, '"no name" is no name that a certificate can hold'],
  ])('is a usage error: %j with %j', async (name, flags, message) => {
    await expect(order(name, flags).made).rejects.toThrow(UsageError)
    await expect(order(name, flags).made).rejects.toThrow(message)
  })

  it('names another certificate than the CSR', async () => {
    await expect(order('other.corp', { csr: '-' }, csr).made).rejects.toThrow(UsageError)
  })

  it.each(['', 'hello', '-----BEGIN CERTIFICATE REQUEST-----\nAA\n-----END CERTIFICATE REQUEST-----\n'])(
    'has no CSR on stdin: %j',
    async (text) => {
      await expect(order(undefined, { csr: '-' }, text).made).rejects.toThrow(FileError)
      await expect(order(undefined, { csr: '-' }, text).made).rejects.toThrow(
        'standard input is no certificate request',
      )
    },
  )

  it('has a CSR with a bad signature', async () => {
    const lines = csr.trimEnd().split('\n')
    const der = Buffer.from(lines.slice(1, -1).join(''), 'base64')
    der[der.length - 3]! ^= 1
    const bad = [lines[0], der.toString('base64'), lines.at(-1)].join('\n')
    await expect(order(undefined, { csr: '-' }, bad).made).rejects.toThrow('standard input has a bad signature')
  })

  it.each(['csr', 'key'] as const)('has no file for --%s', async (flag) => {
    const path = join(directory, 'missing')
    await expect(order('web.corp', { [flag]: path }).made).rejects.toThrow(FileError)
    await expect(order('web.corp', { [flag]: path }).made).rejects.toThrow(path)
  })

  it('has no key in the file for --key, and shows none of it', async () => {
    const path = await fileOf('-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n')
    const error: unknown = await order('web.corp', { key: path }).made.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FileError)
    expect(JSON.stringify(error)).not.toContain('planted')
  })
})
