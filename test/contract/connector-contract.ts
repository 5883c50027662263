import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CertificateRequest, Connector, IssuedCertificate, IssuerChain } from '../../src/connectors/connector.ts'
import { CertctlError } from '../../src/core/errors.ts'
import { Duration } from '../../src/core/duration.ts'
import { createCsr } from '../../src/pki/create-csr.ts'
import { parseCsr } from '../../src/pki/csr.ts'
import { parseSan } from '../../src/pki/names.ts'
import { type KeyType, generatePrivateKey } from '../../src/pki/private-key.ts'
import { openssl } from '../support/openssl.ts'
import { makeCsr } from '../support/test-csr.ts'

export interface ConnectorUnderTest {
  /**
   * Grants certificates of an hour and of six for names below `contract.test`, IP addresses in 192.0.2.0/24 and 2001:db8::/32,
   * email addresses below `contract.test` and URIs `spiffe://contract.test/...`; tells the right time.
   */
  readonly connector: Connector
  readonly capabilities?: ConnectorCapabilities
  /** How many certificates were issued so far, where that can be told. */
  countIssued?(): Promise<number>
  tearDown(): Promise<void>
}

export interface ConnectorCapabilities {
  /** False when it makes no keys; true by default. */
  readonly issuerKeys?: boolean
  /** The key type that it signs; `ec256` by default. */
  readonly keyType?: KeyType
}

const host = 'web.contract.test'
const names = [
  host,
  'alt.contract.test',
  '192.0.2.7',
  '2001:db8::7',
  'ops@mail.contract.test',
  'spiffe://contract.test/web',
]
const emptyBlock = '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n'
const tolerance = Duration.ofSeconds(60)

/** What every Connector promises. The one under test is set up once. */
export function describeConnector(name: string, setUp: () => Promise<ConnectorUnderTest>): void {
  describe(`the Connector ${name}`, () => {
    let underTest: ConnectorUnderTest
    let connector: Connector
    let keyType: KeyType

    beforeAll(async () => {
      underTest = await setUp()
      connector = underTest.connector
      keyType = underTest.capabilities?.keyType ?? 'ec256'
    })

    afterAll(() => underTest.tearDown())

    async function request(wanted: Partial<CertificateRequest> = {}): Promise<CertificateRequest> {
      const sans = [parseSan(host)]
      const csr = await createCsr({ commonName: host, sans, key: await generatePrivateKey(keyType) })
      return { commonName: host, sans, ttl: Duration.ofHours(1), key: { origin: 'csr', csr }, ...wanted }
    }

    it('is called by a name and has a kind', () => {
      expect(connector.name).not.toBe('')
      expect(connector.kind).not.toBe('')
    })

    it('issues for all kinds of names, and for no name that was not asked for', async () => {
      const sans = names.map((text) => parseSan(text))
      const csr = await createCsr({ commonName: host, sans, key: await generatePrivateKey(keyType) })
      const { leaf, privateKey } = await connector.issue(await request({ sans, key: { origin: 'csr', csr } }))
      expect(leaf.commonName).toBe(host)
      expect(sorted(leaf.sans)).toEqual(sorted(sans))
      expect(leaf.isCa).toBe(false)
      expect(privateKey).toBeUndefined()
    })

    it('takes the names of the CSR when the request has none', async () => {
      const { leaf } = await connector.issue(await request({ commonName: undefined, sans: [] }))
      expect(leaf.commonName).toBe(host)
      expect(leaf.sans).toEqual([parseSan(host)])
    })

    it("certifies the CSR's key", async () => {
      const key = await generatePrivateKey(keyType)
      const csr = await createCsr({ commonName: host, sans: [parseSan(host)], key })
      const { leaf } = await connector.issue(await request({ key: { origin: 'csr', csr } }))
      expect(key.isFor(leaf)).toBe(true)
      expect((await parseCsr(csr)).publicKey.equals(leaf.publicKey)).toBe(true)
    })

    it('gives the chain in order, root excluded, and openssl verifies the leaf by it', async () => {
      const { leaf, chain, root } = await connector.issue(await request())
      const issuers = root ? [...chain, root] : chain
      expect(issuers.length).toBeGreaterThan(0)
      for (const [index, issuer] of issuers.entries())
        expect((issuers[index - 1] ?? leaf).isIssuedBy(issuer)).toBe(true)
      expect(chain.filter(({ isSelfSigned }) => isSelfSigned)).toEqual([])
      expect(root?.isSelfSigned).not.toBe(false)
      expect(verified({ leaf, chain, root })).toBe('leaf: OK\n')
    })

    it.each([1, 6])('lets the certificate end after the %i h asked for', async (hours) => {
      const ttl = Duration.ofHours(hours)
      const now = new Date()
      const { leaf } = await connector.issue(await request({ ttl }))
      const deviation = Duration.between(ttl.after(now), leaf.notAfter)
      expect(Math.abs(deviation.seconds)).toBeLessThan(tolerance.seconds)
      expect(leaf.notBefore.getTime()).toBeLessThanOrEqual(tolerance.after(now).getTime())
    })

    it('issues another certificate each time', async () => {
      const again = await request()
      const [first, second] = [await connector.issue(again), await connector.issue(again)]
      expect(first.leaf.serial).not.toBe(second.leaf.serial)
    })

    it('hands over the key when it makes one', async ({ skip }) => {
      skip(underTest.capabilities?.issuerKeys === false, 'it makes no keys')
      const { leaf, privateKey } = await connector.issue(
        await request({ key: { origin: 'issuer', keyType: undefined } }),
      )
      expect(privateKey?.isFor(leaf)).toBe(true)
      expect(leaf.sans).toEqual([parseSan(host)])
    })

    it('revokes, tells the serial and the time, and the second time changes nothing', async () => {
      const { leaf } = await connector.issue(await request())
      const target = { serial: leaf.serial, certificate: leaf, reason: undefined }
      const before = new Date()
      const first = await connector.revoke(target)
      const second = await connector.revoke(target)
      expect(first.serial).toBe(leaf.serial)
      expect(second.serial).toBe(leaf.serial)
      expect(Math.abs(Duration.between(before, first.revokedAt).seconds)).toBeLessThan(tolerance.seconds)
      expect(second.revokedAt).toEqual(first.revokedAt)
    })

    it('shows the chain that a fresh leaf comes with', async () => {
      const issued = await connector.issue(await request())
      const shown = await connector.chain()
      expect(fingerprints(shown)).toEqual(fingerprints(issued))
    })

    it('finds nothing bad in a request that it then grants', async () => {
      const wanted = await request()
      const findings = await connector.check(wanted)
      expect(findings.length).toBeGreaterThan(0)
      expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([])
      await connector.issue(wanted)
    })

    it('does nothing once it was told to stop', async () => {
      const [wanted, { leaf }] = [await request(), await connector.issue(await request())]
      const before = await underTest.countIssued?.()
      const stopped = AbortSignal.abort(new Error('told to stop'))
      const target = { serial: leaf.serial, certificate: leaf, reason: undefined }
      await expect(connector.issue(wanted, stopped)).rejects.toThrow()
      await expect(connector.revoke(target, stopped)).rejects.toThrow()
      await expect(connector.chain(stopped)).rejects.toThrow()
      await expect(connector.check(wanted, stopped)).rejects.toThrow()
      expect(await underTest.countIssued?.()).toBe(before)
    })

    it.each([
      ['is text', () => Promise.resolve('hello')],
      ['is an empty block', () => Promise.resolve(emptyBlock)],
      ['has a bad signature', () => makeCsr({ isBadlySigned: true })],
    ])('refuses a CSR that %s, and issues nothing', async (_, make) => {
      const before = await underTest.countIssued?.()
      const asked = await request({ key: { origin: 'csr', csr: await make() } })
      await expect(connector.issue(asked)).rejects.toThrow(CertctlError)
      expect(await underTest.countIssued?.()).toBe(before)
    })
  })
}

function sorted(sans: IssuedCertificate['leaf']['sans']): readonly string[] {
  return sans.map(({ type, value }) => `${type}:${value}`).sort()
}

function fingerprints({ chain, root }: IssuerChain): readonly (string | undefined)[] {
  return [...chain, root].map((certificate) => certificate?.fingerprintSha256)
}

function verified({ leaf, chain, root }: Pick<IssuedCertificate, 'leaf' | 'chain' | 'root'>): string {
  const untrusted = chain.map(({ pem }) => pem).join('')
  const files = { leaf: leaf.pem, anchor: root?.pem ?? chain.at(-1)!.pem, untrusted }
  const options = [
    '-x509_strict',
    ...(root ? [] : ['-partial_chain']),
    ...(untrusted === '' ? [] : ['-untrusted', 'untrusted']),
  ]
  return openssl(['verify', ...options, '-verify_hostname', host, '-CAfile', 'anchor', 'leaf'], files)
}
