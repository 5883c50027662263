import { beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import {
  ConfigError,
  FileError,
  ProtocolError,
  RejectedError,
  UnsupportedError,
} from '../../../../../src/core/errors.ts'
import type { CertificateRequest } from '../../../../../src/connectors/connector.ts'
import { VaultPki, type PkiPlace } from '../../../../../src/connectors/vault/pki/vault-pki.ts'
import type { Certificate } from '../../../../../src/pki/certificate.ts'
import { createCsr } from '../../../../../src/pki/create-csr.ts'
import { parseSan } from '../../../../../src/pki/names.ts'
import { generatePrivateKey, type PrivateKey } from '../../../../../src/pki/private-key.ts'
import { IssuingCa } from '../../../../support/issuing-ca.ts'
import { errorOf, ScriptedVault, token, type Answer } from '../renewal/scripted-vault.ts'

const sans = [parseSan('web.corp')]
let ca: IssuingCa
let key: PrivateKey
let otherKey: PrivateKey
let leaf: Certificate
let request: CertificateRequest

beforeAll(async () => {
  ca = await IssuingCa.create()
  ;[key, otherKey] = [await generatePrivateKey('ec256'), await generatePrivateKey('ec256')]
  const period = { notBefore: new Date('2026-03-01T11:59:30Z'), notAfter: new Date('2026-03-31T12:00:00Z') }
  leaf = await ca.sign({ commonName: 'web.corp', sans, publicKey: key.publicKey, ...period })
  const csr = await createCsr({ commonName: 'web.corp', sans, key })
  request = { commonName: 'web.corp', sans, ttl: Duration.ofDays(30), key: { origin: 'csr', csr } }
})

const serverKey = { key: { origin: 'issuer', keyType: undefined } } as const

/** As Vault writes PEM: without a newline at the end. */
function data(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    certificate: leaf.pem.trimEnd(),
    issuing_ca: ca.intermediate.pem.trimEnd(),
    ca_chain: [ca.intermediate.pem.trimEnd(), ca.root.pem.trimEnd()],
    serial_number: leaf.serial,
    expiration: 1,
    ...changes,
  }
}

function pkiOf(answers: readonly Answer[], place: Partial<PkiPlace> = {}) {
  const vault = new ScriptedVault(...answers)
  const pki = new VaultPki(vault.client(), { mount: 'pki', role: 'web', issuerRef: undefined, ...place }, vault.clock)
  return { pki, vault }
}

describe('issue', () => {
  it.each<[Partial<PkiPlace>, Partial<CertificateRequest>, string]>([
    [{}, {}, 'v1/pki/sign/web'],
    [{}, serverKey, 'v1/pki/issue/web'],
    [{ issuerRef: 'new' }, {}, 'v1/pki/issuer/new/sign/web'],
    [{ issuerRef: 'new', mount: 'a/b' }, serverKey, 'v1/a/b/issuer/new/issue/web'],
    [{ role: 'we b/../x' }, {}, 'v1/pki/sign/we%20b%2F..%2Fx'],
  ])('at %j asks one path once', async (place, changes, path) => {
    const { pki, vault } = pkiOf([{ body: { data: data({ private_key: key.pem.reveal() }) } }], place)
    await pki.issue({ ...request, ...changes })
    expect(vault.requests.map((sent) => sent.path)).toEqual([path])
    expect(vault.requests).toMatchObject([{ method: 'POST', repeat: 'unsent' }])
  })

  it('gives the leaf, the chain in order without the root, and no key', async () => {
    const issued = await pkiOf([{ body: { data: data() } }]).pki.issue(request)
    expect(issued.leaf.equals(leaf)).toBe(true)
    expect(issued.chain.map(({ subject }) => subject)).toEqual(['CN=test intermediate'])
    expect(issued.root?.subject).toBe('CN=test root')
    expect(issued.privateKey).toBeUndefined()
    expect(issued.warnings).toEqual([])
  })

  it.each<[string, Record<string, unknown>, readonly string[], string | undefined]>([
    ['is missing', { ca_chain: undefined }, ['CN=test intermediate'], undefined],
    ['is null', { ca_chain: null }, ['CN=test intermediate'], undefined],
    ['is empty, and no issuer is named', { ca_chain: [], issuing_ca: undefined }, [], undefined],
  ])('makes do when the chain %s', async (_, changes, chain, root) => {
    const issued = await pkiOf([{ body: { data: data(changes) } }]).pki.issue(request)
    expect(issued.chain.map(({ subject }) => subject)).toEqual(chain)
    expect(issued.root?.subject).toBe(root)
  })

  it('puts a chain in order, each issuer once', async () => {
    const chain = [ca.root, ca.intermediate, ca.root, ca.intermediate].map(({ pem }) => pem)
    const issued = await pkiOf([{ body: { data: data({ ca_chain: chain }) } }]).pki.issue(request)
    expect(issued.chain.map(({ subject }) => subject)).toEqual(['CN=test intermediate'])
    expect(issued.root?.subject).toBe('CN=test root')
  })

  it('hands over the key that the issuer made', async () => {
    const { pki } = pkiOf([{ body: { data: data({ private_key: key.pem.reveal().trimEnd() }) } }])
    expect((await pki.issue({ ...request, ...serverKey })).privateKey?.isFor(leaf)).toBe(true)
  })

  it('takes no key that it did not ask for', async () => {
    const { pki } = pkiOf([{ body: { data: data({ private_key: otherKey.pem.reveal() }) } }])
    expect((await pki.issue(request)).privateKey).toBeUndefined()
  })

  it.each<[string, Record<string, unknown>, Partial<CertificateRequest>, RegExp]>([
    ['no key', {}, serverKey, /sends no private key/],
    ['a key that is text', { private_key: 'planted-private' }, serverKey, /a private key that can't be read/],
    [
      'a key that is broken',
      { private_key: '-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----' },
      serverKey,
      /a private key that can't be read/,
    ],
    ['a certificate that is text', { certificate: 'planted-private' }, {}, /sends a certificate that can't be read/],
    ['an empty certificate', { certificate: '' }, {}, /sends a certificate that can't be read/],
    ['a chain of text', { ca_chain: ['planted-private'] }, {}, /sends a certificate that can't be read/],
    ['a null certificate', { certificate: null }, {}, /data\.certificate not as expected/],
    ['a number for the chain', { ca_chain: 7 }, {}, /data\.ca_chain not as expected/],
    ['numbers in the chain', { ca_chain: [7] }, {}, /data\.ca_chain\.0 not as expected/],
    ['a number for the key', { private_key: 7 }, serverKey, /data\.private_key not as expected/],
    ['no serial', { serial_number: undefined }, {}, /data\.serial_number not as expected/],
  ])('refuses %s, and shows none of it', async (_, changes, wanted, message) => {
    const error = await errorOf(pkiOf([{ body: { data: data(changes) } }]).pki.issue({ ...request, ...wanted }))
    expect(error.constructor).toBe(ProtocolError)
    expect(error.message).toMatch(message)
    expect(error.hint).toBeDefined()
    expect(JSON.stringify(error.toJSON())).not.toContain('planted')
  })

  it.each<[string, () => Partial<CertificateRequest>, () => Record<string, unknown>]>([
    ['by CSR', () => ({}), () => ({ certificate: ca.intermediate.pem })],
    ['by the issuer', () => serverKey, () => ({ private_key: otherKey.pem.reveal() })],
  ])('refuses a certificate for another key than asked for, %s', async (_, wanted, changes) => {
    const error = await errorOf(pkiOf([{ body: { data: data(changes()) } }]).pki.issue({ ...request, ...wanted() }))
    expect(error).toMatchObject({ code: 'wrong-key', exitCode: 6 })
    expect(error.message).toMatch(/\(serial [0-9a-f:]+\)$/)
  })

  it.each(['hello', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'])(
    'sends nothing when the CSR is none: %j',
    async (csr) => {
      const { pki, vault } = pkiOf([{}])
      expect(await errorOf(pki.issue({ ...request, key: { origin: 'csr', csr } }))).toBeInstanceOf(FileError)
      expect(vault.requests).toEqual([])
    },
  )

  it('sends nothing without a role, and says how to name one', async () => {
    const { pki, vault } = pkiOf([{}], { role: undefined })
    const error = await errorOf(pki.issue(request))
    expect(error.constructor).toBe(ConfigError)
    expect(error).toMatchObject({ message: 'role is required', exitCode: 3 })
    expect(error.hint).toContain('--role')
    expect(vault.requests).toEqual([])
  })

  it("passes on Vault's remarks that matter, each once, with the token blanked", async () => {
    const warnings = [
      'TTL "800h" is longer than permitted maxTTL "720h", so maxTTL is being used',
      'TTL "800h" is longer than permitted maxTTL "720h", so maxTTL is being used',
      'the common_name field was provided but the role is set with "use_csr_common_name" set to true',
      `${token}\u001b[2J`,
    ]
    const issued = await pkiOf([{ body: { warnings, data: data() } }]).pki.issue(request)
    expect(issued.warnings).toEqual([warnings[0], String.raw`[redacted]\u{1b}[2J`])
  })

  it('warns of what is not as asked for, of a lease, and of a wrong clock', async () => {
    const headers = { date: 'Sun, 01 Mar 2026 10:00:00 GMT' }
    const { pki } = pkiOf([{ headers, body: { lease_id: 'pki/sign/web/x', data: data() } }])
    const { warnings } = await pki.issue({ ...request, sans: [...sans, parseSan('b.corp')], ttl: Duration.ofDays(90) })
    expect(warnings).toEqual([
      'the certificate lacks what was asked for: b.corp',
      'the certificate is valid for 30d, not for 90d as asked for',
      expect.stringMatching(/generate_lease/),
      expect.stringMatching(/clock is 2h ahead/),
    ])
  })

  it('says nothing of an empty lease', async () => {
    expect((await pkiOf([{ body: { lease_id: '', data: data() } }]).pki.issue(request)).warnings).toEqual([])
  })

  it("names the role in a refusal, in Vault's words", async () => {
    const { pki } = pkiOf([{ status: 400, body: { errors: ['common name web.corp not allowed by this role'] } }])
    const error = await errorOf(pki.issue(request))
    expect(error.message).toBe('role "web" refuses the request: common name web.corp not allowed by this role')
    expect(error.exitCode).toBe(4)
  })
})

describe('revoke', () => {
  const target = () => ({ serial: leaf.serial, certificate: leaf, reason: undefined })
  const unknown = { status: 400, body: { errors: ['certificate with serial 3f:0a not found.'] } }
  const revoked = { body: { data: { revocation_time: 1772366400, state: 'revoked' } } }

  it('asks by serial, and tells when it was', async () => {
    const { pki, vault } = pkiOf([revoked])
    const answer = await pki.revoke(target())
    expect(answer).toEqual({ serial: leaf.serial, revokedAt: new Date('2026-03-01T12:00:00Z'), warnings: [] })
    expect(vault.requests.map(({ path, body }) => [path, body])).toEqual([
      ['v1/pki/revoke', { serial_number: leaf.serial }],
    ])
  })

  it('asks by the certificate when the serial was never stored', async () => {
    const { pki, vault } = pkiOf([unknown, revoked])
    await pki.revoke(target())
    expect(vault.requests.map(({ body }) => body)).toEqual([{ serial_number: leaf.serial }, { certificate: leaf.pem }])
  })

  it('tells that the serial is unknown when there is no certificate', async () => {
    const { pki, vault } = pkiOf([unknown])
    const error = await errorOf(pki.revoke({ ...target(), certificate: undefined }))
    expect(error).toMatchObject({ code: 'unknown-serial', exitCode: 4 })
    expect(vault.requests).toHaveLength(1)
  })

  it.each([
    ['another refusal', { status: 400, body: { errors: ['no'] } }],
    ['a denial', { status: 403, body: { errors: ['permission denied'] } }],
    ['a proxy', { status: 404, body: 'certificate with serial 3f:0a not found.' }],
  ])('asks no second time after %s', async (_, answer) => {
    const { pki, vault } = pkiOf([answer])
    await errorOf(pki.revoke(target()))
    expect(vault.requests).toHaveLength(1)
  })

  it('says that one which has expired is not revoked', async () => {
    const warnings = ['certificate with serial 3f:0a already expired; refusing to add to CRL']
    const error = await errorOf(pkiOf([{ body: { data: null, warnings } }]).pki.revoke(target()))
    expect(error.constructor).toBe(RejectedError)
    expect(error.message).toBe(`the certificate ${leaf.serial} is not revoked: ${warnings[0]!}`)
    expect((await errorOf(pkiOf([{ body: { data: null } }]).pki.revoke(target()))).message).toContain('no reason')
  })

  it.each([[{}], [{ data: {} }], [{ data: { revocation_time: '1772366400' } }], [{ data: [] }]])(
    'takes %j for no answer',
    async (body) => {
      expect((await errorOf(pkiOf([{ body }]).pki.revoke(target()))).constructor).toBe(ProtocolError)
    },
  )

  it('knows no reasons, and says so before anything is sent', async () => {
    const { pki, vault } = pkiOf([revoked])
    const error = await errorOf(pki.revoke({ ...target(), reason: 'keyCompromise' }))
    expect(error.constructor).toBe(UnsupportedError)
    expect(vault.requests).toEqual([])
  })
})

describe('chain', () => {
  it('starts with the issuer, the root kept apart', async () => {
    const body = { data: { certificate: ca.intermediate.pem, ca_chain: [ca.intermediate.pem, ca.root.pem] } }
    const { pki, vault } = pkiOf([{ body }], { issuerRef: 'new one' })
    const { chain, root } = await pki.chain()
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=test intermediate'])
    expect(root?.subject).toBe('CN=test root')
    expect(vault.requests).toMatchObject([
      { method: 'GET', path: 'v1/pki/issuer/new%20one/json', headers: { 'x-vault-request': 'true' } },
    ])
    expect(vault.requests[0]?.headers).not.toHaveProperty('x-vault-token')
  })

  it('of a root is the root alone', async () => {
    const { pki } = pkiOf([{ body: { data: { certificate: ca.root.pem, ca_chain: [ca.root.pem] } } }])
    const { chain, root } = await pki.chain()
    expect(chain).toEqual([])
    expect(root?.subject).toBe('CN=test root')
  })

  it('needs no role', async () => {
    const { pki } = pkiOf([{ body: { data: { certificate: ca.root.pem, ca_chain: null } } }], { role: undefined })
    expect((await pki.chain()).root?.subject).toBe('CN=test root')
  })
})
