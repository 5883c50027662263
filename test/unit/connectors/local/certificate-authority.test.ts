import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuthorityStore } from '../../../../src/connectors/local/authority-store.ts'
import {
  type CreatedAuthority,
  type NewAuthority,
  createAuthority,
  loadAuthority,
} from '../../../../src/connectors/local/certificate-authority.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { FileError } from '../../../../src/core/errors.ts'
import { generatePrivateKey } from '../../../../src/pki/private-key.ts'
import { parseRevocationList } from '../../../../src/pki/revocation-list.ts'
import { openssl } from '../../../support/openssl.ts'
import { makeOwnCa } from '../../../support/own-ca.ts'
import { FixedClock } from './fixed-clock.ts'

const clock = new FixedClock()
let state: string
let directory: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'certctl-ca-'))
  directory = join(state, 'deep', 'local-ca')
})

afterEach(() => {
  rmSync(state, { recursive: true, force: true })
})

function create(options: Partial<NewAuthority> = {}): Promise<CreatedAuthority> {
  return createAuthority({ directory, clock, ...options })
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

describe('createAuthority', () => {
  it('makes a P-256 root of ten years, backdated by a minute, with a list that is empty', async () => {
    const { certificate, root, chain } = await create()
    expect(certificate).toMatchObject({ keyType: 'ec256', isCa: true, isSelfSigned: true })
    expect(certificate.notBefore).toEqual(new Date('2026-11-23T17:59:00Z'))
    expect(certificate.notAfter).toEqual(new Date('2036-11-20T18:00:00Z'))
    expect([root?.pem, chain]).toEqual([certificate.pem, []])
    expect(parseRevocationList(readFileSync(join(directory, 'crl.pem'), 'utf8'), 'crl').revoked).toEqual([])
  })

  it('keeps key and directory from everybody else, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      await create()
    } finally {
      process.umask(umask)
    }
    expect([join(state, 'deep'), directory].map(mode)).toEqual(['700', '700'])
    expect(['ca-key.pem', 'ca.pem', 'crl.pem'].map((file) => mode(join(directory, file)))).toEqual([
      '600',
      '644',
      '644',
    ])
    expect(readdirSync(directory).sort()).toEqual(['ca-key.pem', 'ca.pem', 'crl.pem'])
    expect(readdirSync(join(state, 'deep'))).toEqual(['local-ca'])
  })

  it('takes name, key type and validity', async () => {
    const { certificate } = await create({ commonName: 'My CA', keyType: 'ed25519', validity: Duration.ofDays(30) })
    expect(certificate).toMatchObject({ subject: 'CN=My CA', keyType: 'ed25519' })
    expect(certificate.notAfter).toEqual(new Date('2026-12-23T18:00:00Z'))
  })

  it.each([
    [{ commonName: '' }, 'the name of the CA is empty'],
    [{ commonName: ' ' }, 'the name of the CA is empty'],
    [{ commonName: 'My\nCA' }, 'has a line break or another control character'],
    [{ commonName: 'x'.repeat(65) }, 'is longer than the 64 characters of a common name'],
    [{ validity: Duration.zero }, 'a CA that is valid for no time signs nothing'],
  ])('%#: refuses %j, and makes nothing', async (options, words) => {
    await expect(create(options)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words) as string,
    })
    expect(existsSync(directory)).toBe(false)
  })

  it('takes a name of 64 characters', async () => {
    expect((await create({ commonName: 'x'.repeat(64) })).certificate.commonName).toBe('x'.repeat(64))
  })

  it('calls two CAs by different names, so that a trust store can tell them apart', async () => {
    const [one, other] = [await create(), await create({ force: true })]
    expect(one.certificate.subject).not.toBe(other.certificate.subject)
  })

  it('refuses a second one, names --force, and leaves the first as it is', async () => {
    const { certificate } = await create()
    await expect(create()).rejects.toThrow(FileError)
    await expect(create()).rejects.toMatchObject({
      code: 'authority-exists',
      hint: expect.stringContaining('--force') as string,
    })
    expect((await loadAuthority(new AuthorityStore(directory)))?.certificate.pem).toBe(certificate.pem)
    expect(readdirSync(join(state, 'deep'))).toEqual(['local-ca'])
  })

  it('replaces by force, and keeps the one before with its key', async () => {
    const first = await create()
    const second = await create({ force: true })
    expect(second.replaced).toBe(`${directory}.replaced-20261123T180000Z`)
    const kept = await loadAuthority(new AuthorityStore(second.replaced!))
    expect(kept?.certificate.pem).toBe(first.certificate.pem)
    expect((await loadAuthority(new AuthorityStore(directory)))?.certificate.pem).toBe(second.certificate.pem)
  })

  it('makes one by force where there was none', async () => {
    expect((await create({ force: true })).replaced).toBeUndefined()
  })

  it('makes exactly one when many begin at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => create()))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'authority-exists' })
    }
    expect(readdirSync(join(state, 'deep'))).toEqual(['local-ca'])
  })

  it('clears what a killed run left, and nothing of a run at work', async () => {
    const [dead, alive] = [`${directory}.new-4194305-0a0a0a0a`, `${directory}.new-${process.pid}-0b0b0b0b`]
    for (const path of [dead, alive]) mkdirSync(path, { recursive: true })
    await create()
    expect(existsSync(dead)).toBe(false)
    expect(existsSync(alive)).toBe(true)
  })

  it('leaves a directory that holds other files as it is, and nothing beside it', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'notes'), '')
    await expect(create()).rejects.toThrow(new RegExp(`^${directory} cannot be made: it is not empty$`))
    expect(readdirSync(join(state, 'deep'))).toEqual(['local-ca'])
    expect(readdirSync(directory)).toEqual(['notes'])
  })

  it('fills a directory that is empty', async () => {
    mkdirSync(directory, { recursive: true })
    await create()
    expect(mode(directory)).toBe('700')
  })

  it('is a FileError when a file is where the state directory should be', async () => {
    writeFileSync(join(state, 'deep'), '')
    await expect(create()).rejects.toThrow(FileError)
  })
})

describe('createAuthority with a CA made elsewhere', () => {
  it('takes it over', async () => {
    const ca = await makeOwnCa('my own')
    await create({ existing: { certificates: ca.certificate.pem, key: ca.key.pem.reveal() } })
    const loaded = await loadAuthority(new AuthorityStore(directory))
    expect(loaded?.certificate.pem).toBe(ca.certificate.pem)
    expect(loaded?.root?.pem).toBe(ca.certificate.pem)
  })

  it('refuses a key that is not its own', async () => {
    const [ca, other] = [await makeOwnCa(), await generatePrivateKey('ec256')]
    const existing = { certificates: ca.certificate.pem, key: other.pem.reveal() }
    await expect(create({ existing })).rejects.toThrow('the CA key does not belong to the CA certificate')
    expect(existsSync(directory)).toBe(false)
  })

  it('refuses a certificate that is no CA', async () => {
    const key = openssl(['genpkey', '-algorithm', 'ed25519'])
    const args = [
      'req',
      '-x509',
      '-key',
      'k',
      '-subj',
      '/CN=x',
      '-addext',
      'basicConstraints=CA:FALSE',
      '-days',
      '9000',
    ]
    const existing = { certificates: openssl(args, { k: key }), key }
    await expect(create({ existing })).rejects.toThrow('is no CA')
  })

  it('refuses one whose key is so weak that it would refuse it for a leaf', async () => {
    const key = openssl(['genpkey', '-algorithm', 'rsa', '-pkeyopt', 'rsa_keygen_bits:1024'])
    const certificates = openssl(['req', '-x509', '-key', 'k', '-subj', '/CN=x', '-days', '9000'], { k: key })
    await expect(create({ existing: { certificates, key } })).rejects.toThrow('the CA key is rsa1024')
    expect(existsSync(directory)).toBe(false)
  })

  it('refuses one that is over', async () => {
    const ca = await makeOwnCa()
    const existing = { certificates: ca.certificate.pem, key: ca.key.pem.reveal() }
    const late = new FixedClock(new Date('2046-01-01T00:00:00Z'))
    await expect(create({ existing, clock: late })).rejects.toThrow(
      'the CA certificate expired at 2046-01-01T00:00:00Z',
    )
  })

  it.each([
    ['certificate', { certificates: 'hello', key: 'hello' }, 'the CA certificate is no certificate'],
    ['key', { certificates: '', key: 'hello' }, 'the CA key is no private key'],
  ])('refuses text for a %s', async (what, existing, message) => {
    const { certificate } = await makeOwnCa()
    const given = what === 'key' ? { ...existing, certificates: certificate.pem } : existing
    await expect(create({ existing: given })).rejects.toThrow(message)
  })
})

describe('loadAuthority', () => {
  it('finds none where none was made', async () => {
    expect(await loadAuthority(new AuthorityStore(directory))).toBeUndefined()
  })

  it('reads what was made', async () => {
    const { certificate, key } = await create()
    const loaded = await loadAuthority(new AuthorityStore(directory))
    expect(loaded?.certificate.pem).toBe(certificate.pem)
    expect(loaded?.key.pem.equals(key.pem)).toBe(true)
  })

  it.each(['ca.pem', 'ca-key.pem'])('names %s when it is missing or broken', async (file) => {
    await create()
    const path = join(directory, file)
    writeFileSync(path, 'hello')
    await expect(loadAuthority(new AuthorityStore(directory))).rejects.toThrow(path)
    rmSync(path)
    await expect(loadAuthority(new AuthorityStore(directory))).rejects.toThrow(`${path} is missing`)
  })

  it('refuses a key that others may read', async () => {
    await create()
    chmodSync(join(directory, 'ca-key.pem'), 0o640)
    await expect(loadAuthority(new AuthorityStore(directory))).rejects.toThrow('may be used by others: its mode is 640')
  })
})
