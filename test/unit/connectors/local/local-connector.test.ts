import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CertificateRequest, Finding } from '../../../../src/connectors/connector.ts'
import { hasLifecycle } from '../../../../src/connectors/lifecycle.ts'
import { createAuthority } from '../../../../src/connectors/local/certificate-authority.ts'
import { LocalConnector } from '../../../../src/connectors/local/local-connector.ts'
import { systemClock } from '../../../../src/core/clock.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { ConfigError, FileError, RejectedError, UsageError } from '../../../../src/core/errors.ts'
import { createCsr } from '../../../../src/pki/create-csr.ts'
import { parseSan } from '../../../../src/pki/names.ts'
import { generatePrivateKey, keyTypes, parsePrivateKey } from '../../../../src/pki/private-key.ts'
import { type RevocationList, parseRevocationList } from '../../../../src/pki/revocation-list.ts'
import { makeExclusively } from '../../../support/exclusively.ts'
import { openssl } from '../../../support/openssl.ts'
import { makeOwnCa } from '../../../support/own-ca.ts'
import { FixedClock } from './fixed-clock.ts'

let state: string
let directory: string
let clock: FixedClock

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'certctl-local-'))
  directory = join(state, 'local-ca')
  clock = new FixedClock()
})

afterEach(() => rmSync(state, { recursive: true, force: true }))

function connector(exclusively = makeExclusively()): LocalConnector {
  return new LocalConnector({ directory, clock, exclusively })
}

function request(wanted: Partial<CertificateRequest> = {}): CertificateRequest {
  const key = { origin: 'issuer', keyType: undefined } as const
  return { commonName: 'web.corp', sans: [parseSan('web.corp')], ttl: undefined, key, ...wanted }
}

function revocationList(): RevocationList {
  return parseRevocationList(readFileSync(join(directory, 'crl.pem'), 'utf8'), 'crl.pem')
}

describe('LocalConnector.issue', () => {
  it('makes the CA at first use and uses it ever after', async () => {
    const [first, second] = [await connector().issue(request()), await connector().issue(request())]
    expect(second.root?.pem).toBe(first.root?.pem)
    expect(readdirSync(state)).toEqual(['local-ca'])
  })

  it('makes one CA when several begin at once', async () => {
    const issued = await Promise.all(Array.from({ length: 6 }, () => connector().issue(request())))
    expect(new Set(issued.map(({ root }) => root?.fingerprintSha256)).size).toBe(1)
    for (const { leaf, root } of issued) expect(leaf.isIssuedBy(root!)).toBe(true)
    expect(readdirSync(state)).toEqual(['local-ca'])
  })

  it('makes no CA for a CSR that is none', async () => {
    await expect(connector().issue(request({ key: { origin: 'csr', csr: 'hello' } }))).rejects.toThrow(FileError)
    expect(existsSync(directory)).toBe(false)
  })

  it('makes no CA when it was told to stop', async () => {
    await expect(connector().issue(request(), AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
    expect(existsSync(directory)).toBe(false)
  })

  it('makes no CA in the place of one that was moved aside', async () => {
    await createAuthority({ directory, clock })
    renameSync(directory, `${directory}.replaced-20260101T000000Z`)
    await expect(connector().issue(request())).rejects.toThrow(
      `${directory}.replaced-20260101T000000Z was its CA before`,
    )
    expect(existsSync(directory)).toBe(false)
  })

  it('adds a common name that is a host to the SANs, and another kind of name not', async () => {
    const sans = [parseSan('alt.corp')]
    const { leaf } = await connector().issue(request({ commonName: 'WEB.corp', sans }))
    expect(leaf.sans).toEqual([parseSan('web.corp'), ...sans])
    expect((await connector().issue(request({ commonName: 'Jane Doe', sans }))).leaf.sans).toEqual(sans)
    expect((await connector().issue(request({ commonName: '10.0.0.1', sans: [] }))).leaf.sans).toEqual([
      parseSan('10.0.0.1'),
    ])
  })

  it('prefers the names of the request to those of the CSR', async () => {
    const csr = await createCsr({
      commonName: 'csr.corp',
      sans: [parseSan('csr.corp')],
      key: await generatePrivateKey('ec256'),
    })
    const { leaf } = await connector().issue(request({ key: { origin: 'csr', csr } }))
    expect(leaf).toMatchObject({ commonName: 'web.corp', sans: [parseSan('web.corp')] })
  })

  it('issues without a common name', async () => {
    const { leaf } = await connector().issue(request({ commonName: undefined }))
    expect(leaf).toMatchObject({ subject: '', sans: [parseSan('web.corp')] })
  })

  it('refuses a request that names nothing', async () => {
    await expect(connector().issue(request({ commonName: undefined, sans: [] }))).rejects.toThrow(RejectedError)
  })

  it('refuses an RSA key that TLS clients refuse', async () => {
    const key = parsePrivateKey(openssl(['genrsa', '1024']), 'k')
    const csr = await createCsr({ commonName: 'web.corp', sans: [], key })
    await expect(connector().issue(request({ key: { origin: 'csr', csr } }))).rejects.toThrow(
      'of type rsa1024 is too weak',
    )
  })

  it('tells when the CA ends before the certificate would', async () => {
    await createAuthority({ directory, clock, validity: Duration.ofDays(30) })
    const { leaf, root, warnings } = await connector().issue(request())
    expect(leaf.notAfter).toEqual(root?.notAfter)
    expect(warnings).toEqual([expect.stringContaining('ends with its CA')])
  })

  it.each(['ec256', 'rsa2048', 'ed25519'] as const)(
    "signs what Node's TLS accepts by a CA key of type %s, for every type of key",
    async (caType) => {
      const now = { directory, clock: systemClock }
      await createAuthority({ ...now, keyType: caType })
      const local = new LocalConnector({ ...now, exclusively: makeExclusively() })
      for (const keyType of keyTypes.filter((type) => type !== 'rsa3072' && type !== 'rsa4096')) {
        const issued = await local.issue(request({ key: { origin: 'issuer', keyType } }))
        expect(issued.privateKey?.keyType).toBe(keyType)
        const socket = await handshake(issued.leaf.pem, issued.privateKey!.pem.reveal(), issued.root!.pem)
        expect(socket.authorizationError).toBeNull()
        socket.destroy()
      }
    },
  )
})

/** Both sides present the certificate and trust the root alone; a refusal on either side rejects. */
async function handshake(cert: string, key: string, ca: string): Promise<TLSSocket> {
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const accepted = once(server, 'secureConnection')
    const socket = connect({ port, host: '127.0.0.1', servername: 'web.corp', cert, key, ca })
    await once(socket, 'secureConnect')
    await accepted
    return socket
  } finally {
    server.close()
  }
}

describe('LocalConnector.revoke', () => {
  it('adds serial, time and reason to the list, which openssl then goes by', async () => {
    const now = { directory, clock: systemClock, exclusively: makeExclusively() }
    const { leaf, root } = await new LocalConnector(now).issue(request())
    await new LocalConnector(now).revoke({ serial: leaf.serial, certificate: leaf, reason: 'keyCompromise' })
    expect(revocationList().revoked).toMatchObject([{ serial: leaf.serial, reason: 'keyCompromise' }])
    const files = { leaf: leaf.pem, ca: root!.pem, crl: readFileSync(join(directory, 'crl.pem'), 'utf8') }
    const verify = ['verify', '-x509_strict', '-crl_check', '-CAfile', 'ca', '-CRLfile', 'crl', 'leaf']
    expect(() => openssl(verify, files)).toThrow('certificate revoked')
  })

  it('lets the first time and reason count', async () => {
    const { leaf } = await connector().issue(request())
    const target = { serial: leaf.serial, certificate: leaf }
    const first = await connector().revoke({ ...target, reason: 'superseded' })
    clock.advance(Duration.ofHours(1))
    const second = await connector().revoke({ ...target, reason: 'keyCompromise' })
    expect(first.revokedAt).toEqual(new Date('2026-11-23T18:00:00Z'))
    expect(second.revokedAt).toEqual(first.revokedAt)
    expect(first.warnings).toEqual([])
    expect(second.warnings).toEqual([
      'it was revoked before: the reason in the revocation list stays superseded, not keyCompromise',
    ])
    expect((await connector().revoke({ ...target, reason: undefined })).warnings).toEqual([])
    expect((await connector().revoke({ ...target, reason: 'superseded' })).warnings).toEqual([])
    expect(revocationList().revoked).toMatchObject([{ reason: 'superseded' }])
  })

  it('loses none when many are revoked at once', async () => {
    const exclusively = makeExclusively()
    await connector().issue(request())
    const serials = Array.from({ length: 10 }, (_, index) => `4${index}:aa`)
    await Promise.all(
      serials.map((serial) => connector(exclusively).revoke({ serial, certificate: undefined, reason: undefined })),
    )
    expect(
      revocationList()
        .revoked.map(({ serial }) => serial)
        .sort(),
    ).toEqual(serials)
    expect(revocationList().number).toBe(11)
  })

  it('says that a bare serial was not checked', async () => {
    await connector().issue(request())
    const { warnings } = await connector().revoke({ serial: '01', certificate: undefined, reason: undefined })
    expect(warnings).toEqual([expect.stringContaining('was not checked')])
  })

  it("refuses another CA's certificate", async () => {
    await connector().issue(request())
    const certificate = await (await makeOwnCa()).issue(['web.corp'])
    const revoking = connector().revoke({ serial: certificate.serial, certificate, reason: undefined })
    await expect(revoking).rejects.toThrow(RejectedError)
    expect(revocationList().revoked).toEqual([])
  })

  it.each(['because', 'removeFromCRL'])('refuses the reason "%s" and names those that there are', async (reason) => {
    await connector().issue(request())
    const revoking = connector().revoke({ serial: '01', certificate: undefined, reason })
    await expect(revoking).rejects.toThrow(UsageError)
    await expect(revoking).rejects.toMatchObject({ hint: expect.stringContaining('keyCompromise') as string })
  })

  it('is a ConfigError that names the command where there is no CA', async () => {
    const revoking = connector().revoke({ serial: '01', certificate: undefined, reason: undefined })
    await expect(revoking).rejects.toThrow(ConfigError)
    await expect(revoking).rejects.toMatchObject({ hint: expect.stringContaining('certctl local init') as string })
  })

  it('begins a new list, with a higher number, where the old one was lost', async () => {
    await connector().issue(request())
    rmSync(join(directory, 'crl.pem'))
    await connector().revoke({ serial: '01', certificate: undefined, reason: undefined })
    expect(revocationList().number).toBeGreaterThan(1_000_000_000)
  })

  it('leaves a list that it cannot read as it is', async () => {
    await connector().issue(request())
    writeFileSync(join(directory, 'crl.pem'), 'hello')
    const revoking = connector().revoke({ serial: '01', certificate: undefined, reason: undefined })
    await expect(revoking).rejects.toThrow(FileError)
    expect(readFileSync(join(directory, 'crl.pem'), 'utf8')).toBe('hello')
  })
})

describe('the revocation list of a CA in use', () => {
  it('is signed again by an issue in the second half of its week, and keeps its entries', async () => {
    await connector().issue(request())
    await connector().revoke({ serial: '42:aa', certificate: undefined, reason: undefined })
    clock.advance(Duration.ofDays(3))
    await connector().issue(request())
    expect(revocationList()).toMatchObject({ number: 2, nextUpdate: new Date('2026-11-30T18:00:00Z') })
    clock.advance(Duration.ofDays(1))
    await connector().issue(request())
    expect(revocationList()).toMatchObject({ number: 3, nextUpdate: new Date('2026-12-04T18:00:00Z') })
    expect(revocationList().revoked).toMatchObject([{ serial: '42:aa' }])
  })

  it('does not keep an issue from succeeding when it is broken', async () => {
    await connector().issue(request())
    writeFileSync(join(directory, 'crl.pem'), 'hello')
    const { leaf, warnings } = await connector().issue(request())
    expect(leaf.commonName).toBe('web.corp')
    expect(warnings).toEqual([expect.stringContaining('the revocation list was not renewed')])
  })
})

describe('LocalConnector.chain', () => {
  it('shows the root, and is a ConfigError before there is one', async () => {
    await expect(connector().chain()).rejects.toThrow(ConfigError)
    const { root } = await connector().issue(request())
    expect((await connector().chain()).root?.pem).toBe(root?.pem)
  })
})

describe('LocalConnector.check', () => {
  async function verdicts(wanted: CertificateRequest): Promise<Record<string, Finding['verdict']>> {
    const findings = await connector().check(wanted)
    return Object.fromEntries(findings.map(({ subject, verdict }) => [subject, verdict]))
  }

  it('makes no CA, and says that the first issue would', async () => {
    expect(await verdicts(request())).toEqual({ 'embedded CA': 'good', names: 'good' })
    expect(existsSync(directory)).toBe(false)
  })

  it('finds CA, names and TTL good', async () => {
    await createAuthority({ directory, clock })
    expect(await verdicts(request())).toEqual({ 'embedded CA': 'good', names: 'good', TTL: 'good' })
  })

  it('finds a TTL beyond the end of the CA bad', async () => {
    await createAuthority({ directory, clock })
    expect(await verdicts(request({ ttl: Duration.ofDays(4000) }))).toMatchObject({ TTL: 'bad', names: 'good' })
  })

  it('finds no names, and a CSR that is none, bad', async () => {
    expect(await verdicts(request({ commonName: undefined, sans: [] }))).toMatchObject({ names: 'bad' })
    expect(await verdicts(request({ key: { origin: 'csr', csr: 'hello' } }))).toMatchObject({ names: 'bad' })
  })

  it('finds a CA bad that is over or broken', async () => {
    await createAuthority({ directory, clock })
    clock.advance(Duration.ofDays(3650))
    expect(await verdicts(request())).toEqual({ 'embedded CA': 'bad', names: 'good' })
    rmSync(join(directory, 'ca-key.pem'))
    expect(await verdicts(request())).toEqual({ 'embedded CA': 'bad', names: 'good' })
  })
})

describe('LocalConnector', () => {
  it('has no lifecycle, and is called by its kind unless a profile names it', () => {
    expect(hasLifecycle(connector())).toBe(false)
    expect(connector().name).toBe('local')
    const options = { name: 'lab', directory, clock, exclusively: makeExclusively() }
    expect(new LocalConnector(options).name).toBe('lab')
  })
})
