import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { renewalIssuers } from '../../../src/cli/renewal-issuers.ts'
import { ProfileStore } from '../../../src/config/profiles.ts'
import { VaultConnector } from '../../../src/connectors/vault/vault-connector.ts'
import { Duration } from '../../../src/core/duration.ts'
import { CertctlError, ConfigError, UnsupportedError } from '../../../src/core/errors.ts'
import type { CertificateRecord } from '../../../src/files/certificate-record.ts'
import { record as exampleRecord } from '../files/certificate-sets.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const address = 'https://vault.example.com:8200'
let config: string

beforeEach(async () => {
  config = await newDirectory()
  const token = join(config, 'token')
  await writeFile(token, 'hvs.planted', { mode: 0o600 })
  for (const name of Object.keys(process.env)) if (/^(?:CERTCTL|VAULT|BAO)_/.test(name)) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', config)
  vi.stubEnv('CERTCTL_CONFIG_DIR', config)
  vi.stubEnv('CERTCTL_STATE_DIR', await newDirectory())
  vi.stubEnv('CERTCTL_VAULT_TOKEN_FILE', token)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

function recordBy(issuer: Partial<CertificateRecord['issuer']> = {}): CertificateRecord {
  const example = exampleRecord()
  return { ...example, issuer: { ...example.issuer, ...issuer } }
}

async function open(flags: object, ...records: readonly CertificateRecord[]) {
  let opened = 0
  const { issuerFor, ttl } = await renewalIssuers(flags, () => {
    opened += 1
    return Promise.resolve({ readStdin: () => Promise.resolve(''), warn: () => undefined, logger: undefined })
  })
  const issuers = await Promise.all(records.map((record) => issuerFor(record)))
  return { issuers, issuer: issuers[0]!, opened, ttl }
}

async function errorOf(promise: Promise<unknown>): Promise<CertctlError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown)
  if (error instanceof CertctlError) return error
  throw new Error('no CertctlError came', { cause: error })
}

describe('the issuer of a renewal', () => {
  it('is asked at the place that is recorded, by the address of this run', async () => {
    const { issuer } = await open({ address }, recordBy({ mount: 'a/b', role: 'db', issuerRef: 'new', namespace: 'n' }))
    expect(issuer.recorded).toEqual({
      ...recordBy().issuer,
      mount: 'a/b',
      role: 'db',
      issuerRef: 'new',
      namespace: 'n',
    })
    expect(issuer.connector).toBeInstanceOf(VaultConnector)
    expect(issuer.connector.name).toBe('vault')
  })

  it('is asked at another place when flags say so, and that is recorded', async () => {
    const flags = { address, mount: 'other', role: 'web2', 'issuer-ref': 'next', namespace: 'team' }
    const { issuer } = await open(flags, recordBy())
    expect(issuer.recorded).toMatchObject({ mount: 'other', role: 'web2', issuerRef: 'next', namespace: 'team' })
  })

  it('is not moved by variables', async () => {
    vi.stubEnv('VAULT_ADDR', address)
    vi.stubEnv('CERTCTL_VAULT_ROLE', 'stray')
    vi.stubEnv('CERTCTL_VAULT_MOUNT', 'stray')
    vi.stubEnv('CERTCTL_VAULT_TTL', '1h')
    vi.stubEnv('VAULT_NAMESPACE', 'stray')
    vi.stubEnv('CERTCTL_ISSUER', 'local')
    const { issuer, ttl } = await open({}, recordBy())
    expect(issuer.recorded).toEqual(recordBy().issuer)
    expect(ttl).toBeUndefined()
  })

  it('is given the TTL of the flag', async () => {
    expect((await open({ ttl: '1h' })).ttl).toEqual(Duration.ofHours(1))
  })

  it('keeps what this version does not know of the record', async () => {
    const later = { ...recordBy().issuer, cluster: 'eu' }
    const { issuer } = await open({ address }, { ...recordBy(), issuer: later })
    expect(issuer.recorded).toEqual(later)
  })

  it('takes from the settings what an old record has not', async () => {
    const { issuer } = await open({ address }, recordBy({ mount: null, role: null, address: null }))
    expect(issuer.recorded).toMatchObject({ mount: 'pki', role: null, address })
  })

  it('is opened once for all records alike', async () => {
    const { issuers, opened } = await open({ address }, recordBy(), recordBy(), recordBy({ role: 'db' }))
    expect(issuers[0]).toBe(issuers[1])
    expect(issuers[2]).not.toBe(issuers[0])
    expect(opened).toBe(2)
  })

  it('may be the embedded CA, by the record or by the flag', async () => {
    const none = { address: null, mount: null, role: null, issuerRef: null, namespace: null }
    const local = (await open({}, recordBy({ kind: 'local', ...none }))).issuer
    expect([local.connector.kind, local.recorded]).toEqual(['local', { ...recordBy().issuer, kind: 'local', ...none }])
    const moved = (await open({ issuer: 'local' }, recordBy())).issuer
    expect(moved.recorded).toMatchObject({ kind: 'local', ...none })
  })
})

describe('the profile', () => {
  beforeEach(async () => {
    const store = new ProfileStore(config)
    await store.set('prod', { address })
    await store.set('staging', { address: 'https://staging.example.com' })
  })

  it('is the recorded one, while it is saved', async () => {
    const { issuer } = await open({}, recordBy({ profile: 'prod' }))
    expect(issuer.recorded).toMatchObject({ profile: 'prod', address })
    expect(issuer.connector.name).toBe('prod')
  })

  it('is the one that is named instead', async () => {
    const error = await errorOf(open({ profile: 'staging' }, recordBy({ profile: 'prod' })))
    expect(error).toMatchObject({ code: 'other-address', exitCode: 3 })
  })

  it('that is saved no more leaves it to the other sources', async () => {
    expect((await errorOf(open({}, recordBy({ profile: 'gone' })))).message).toBe('addr is required')
    expect((await open({ address }, recordBy({ profile: 'gone' }))).issuer.recorded.profile).toBeNull()
  })
})

describe('a record that cannot be followed', () => {
  it('is of another server than a variable names', async () => {
    vi.stubEnv('VAULT_ADDR', 'https://other.example.com')
    const error = await errorOf(open({}, recordBy()))
    expect(error.constructor).toBe(ConfigError)
    expect(error).toMatchObject({ code: 'other-address', exitCode: 3 })
    expect(error.message).toBe(
      `the certificate was issued by ${address}, but VAULT_ADDR says https://other.example.com`,
    )
    expect(error.hint).toContain('--address https://other.example.com')
  })

  it('is followed to another server when the flag names it', async () => {
    const { issuer } = await open({ address: 'https://other.example.com' }, recordBy())
    expect(issuer.recorded.address).toBe('https://other.example.com')
  })

  it('names no address that a token would be sent to', async () => {
    expect(await errorOf(open({}, recordBy()))).toMatchObject({ message: 'addr is required', exitCode: 3 })
  })

  it('is of a kind that nobody knows', async () => {
    const error = await errorOf(open({ address }, recordBy({ kind: 'acme' })))
    expect(error.constructor).toBe(UnsupportedError)
    expect(error).toMatchObject({ exitCode: 6, message: 'this certctl knows no issuer of kind "acme"' })
  })

  it('needs a token like any other', async () => {
    vi.stubEnv('CERTCTL_VAULT_TOKEN_FILE', undefined)
    expect(await errorOf(open({ address }, recordBy()))).toMatchObject({ message: 'token is required', exitCode: 3 })
  })
})
