import { describe, expect, it } from 'vitest'
import type { CertificateRequest, Connector } from '../../src/connectors/connector.ts'
import type { PkiPlace } from '../../src/connectors/vault/pki/vault-pki.ts'
import { Duration } from '../../src/core/duration.ts'
import { RejectedError } from '../../src/core/errors.ts'
import { obtainCertificate, type KeySource } from '../../src/operations/obtain-certificate.ts'
import { createCsr } from '../../src/pki/create-csr.ts'
import { parseCsr } from '../../src/pki/csr.ts'
import { parseSan } from '../../src/pki/names.ts'
import { generatePrivateKey } from '../../src/pki/private-key.ts'
import { foreignKeyKinds, makeForeignCsr } from '../support/test-csr.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'
import { VaultSubject } from '../support/vault-subject.ts'

const host = 'web.contract.test'
const hour = Duration.ofHours(1)

/** Of every kind that a role may allow or not. */
const names = [
  host,
  'a.b.contract.test',
  'contract.test',
  'elsewhere.test',
  'notcontract.test',
  'localhost',
  'sub.localhost',
  '*.contract.test',
  '*.sub.contract.test',
  '*.elsewhere.test',
  'ops@contract.test',
  'ops@mail.contract.test',
  'ops@elsewhere.test',
  '192.0.2.7',
  'dns:under_score.contract.test',
  'spiffe://contract.test/web',
  'spiffe://elsewhere.test/web',
]

/** Of the kinds that only a common name can be, or that are held to other rules there. */
const commonNames = [
  host,
  'contract.test',
  'elsewhere.test',
  'a*.contract.test',
  '*a*.contract.test',
  'a.*.contract.test',
  '_a*.contract.test',
  'a*.elsewhere.test',
  '*.contract.test',
  '*.localhost',
  '*',
  'ops@contract.test',
  'Bob Smith',
]

/** What an operator meets at Vault's PKI engine and at no other issuer. */
export function describeVaultIssuing(server: () => VaultServer): void {
  describe('the PKI engine', () => {
    async function subject(place: Partial<PkiPlace> = {}, token: TokenOptions = {}): Promise<VaultSubject> {
      const created = await server().createToken({ ttl: '10m', ...token })
      return new VaultSubject({ address: server().address, token: created.token, place })
    }

    describe('and a token with few uses', () => {
      it('pays one use for one certificate, and then is dead', async () => {
        const { connector, http } = await subject({}, { numUses: 1 })
        const { leaf } = await connector.issue(await request())
        expect(leaf.commonName).toBe(host)
        expect(http.sent.map(({ path }) => path)).toEqual(['pki/sign/all-ec'])
        await expect(connector.issue(await request())).rejects.toMatchObject({ exitCode: 4, code: 'denied' })
      })

      it('pays none for the chain', async () => {
        const { connector } = await subject({ mount: 'pki_int' }, { numUses: 1 })
        await connector.chain()
        await expect(connector.issue(await request())).resolves.toBeDefined()
      })
    })

    describe('and the kind of key', () => {
      it('gets an RSA key where the role demands one, and it is told', async () => {
        const { connector, http } = await subject({ role: 'all-rsa' })
        const obtained = await obtainCertificate(connector, wanted({ origin: 'generated', keyType: undefined }))
        expect(obtained.leaf.publicKey.asymmetricKeyType).toBe('rsa')
        expect(obtained.privateKey?.isFor(obtained.leaf)).toBe(true)
        expect(obtained.warnings).toEqual(['the key is rsa2048: the issuer takes no ec256'])
        expect(http.sent.map(({ status }) => status)).toEqual([400, 200])
      })

      it('refuses the kind that the operator chose, and no other is tried', async () => {
        const { connector, http } = await subject({ role: 'all-rsa' })
        const obtaining = obtainCertificate(connector, wanted({ origin: 'generated', keyType: 'ec384' }))
        await expect(obtaining).rejects.toMatchObject({
          exitCode: 4,
          code: 'key-refused',
          message: 'role "all-rsa" refuses the key: role requires keys of type rsa',
        })
        expect(http.sent).toHaveLength(1)
      })

      it('makes no key on a role for any kind, and says what to leave out', async () => {
        const { connector } = await subject({ role: 'any' })
        const asked = await request({ key: { origin: 'issuer', keyType: 'ec256' } })
        await expect(connector.issue(asked)).rejects.toMatchObject({
          exitCode: 4,
          hint: 'leave out --server-key; this role signs keys made here',
        })
      })
    })

    describe('and names', () => {
      it('is not heard when it says that it ignored what the certificate carries', async () => {
        const { connector } = await subject({ role: 'uri' })
        const names = [host, '192.0.2.7', 'ops@contract.test', 'spiffe://contract.test/app']
        const { warnings } = await connector.issue(await request({}, names))
        expect(warnings).toEqual([])
      })

      it('is heard when the CSR has the say and lacks a name that was asked for', async () => {
        const { connector } = await subject({ role: 'any' })
        const asked = { ...(await request()), sans: [host, 'other.contract.test'].map(parseSan) }
        const { warnings } = await connector.issue(asked)
        expect(warnings).toContain('the certificate lacks what was asked for: other.contract.test')
        expect(warnings.filter((text) => text.includes('"use_csr_sans"'))).toHaveLength(1)
      })

      it('is heard when the certificate has names that nobody asked for', async () => {
        const { connector } = await subject({ role: 'any' })
        const asked = { ...(await request({}, [host, 'extra.contract.test'])), sans: [parseSan(host)] }
        const { warnings } = await connector.issue(asked)
        expect(warnings).toContain('the certificate has names that were not asked for: extra.contract.test')
      })

      it('is heard when the common name is another', async () => {
        const { connector } = await subject({ role: 'any' })
        const { warnings } = await connector.issue({ ...(await request()), commonName: 'z.contract.test' })
        expect(warnings).toContain(`the certificate's common name is ${host}, not z.contract.test as asked for`)
      })

      it('takes them from the request where the role does not heed the CSR', async () => {
        const { connector } = await subject({ role: 'no-csr-names' })
        const names = [host, 'alt.contract.test', '192.0.2.7', '2001:db8::7', 'ops@contract.test']
        const { leaf, warnings } = await connector.issue(await request({}, names))
        expect(leaf.sans.map(({ value }) => value).toSorted()).toEqual(names.toSorted())
        expect(leaf.commonName).toBe(host)
        expect(warnings).toEqual([])
      })

      it.each(['any', 'no-csr-names'])('makes no DNS name of an IP address, by the role %s', async (role) => {
        const { connector } = await subject({ role })
        const { leaf, warnings } = await connector.issue(await request({ commonName: '192.0.2.7' }, ['192.0.2.7']))
        expect(leaf.sans).toEqual([parseSan('192.0.2.7')])
        expect(leaf.commonName).toBe('192.0.2.7')
        expect(warnings).toEqual([])
      })

      it('refuses one that the role does not allow, in its own words', async () => {
        const { connector } = await subject({ role: 'ec' })
        const asked = await request({ commonName: 'web.elsewhere.test' }, ['web.elsewhere.test'])
        await expect(connector.issue(asked)).rejects.toMatchObject({
          exitCode: 4,
          message: 'role "ec" refuses the request: common name web.elsewhere.test not allowed by this role',
          hint: 'ask for a name that the role allows, or pass another --role',
        })
      })
    })

    describe('and time', () => {
      it('says once in each way that it gives less than was asked for', async () => {
        const { connector } = await subject({ role: 'short' })
        const { leaf, warnings } = await connector.issue(await request({ ttl: Duration.ofHours(2) }))
        expect(Duration.between(new Date(), leaf.notAfter).seconds).toBeCloseTo(3600, -2)
        expect(warnings).toHaveLength(2)
        expect(warnings[0]).toMatch(/^TTL .* is longer than permitted maxTTL/)
        expect(warnings[1]).toMatch(/^the certificate is valid for .*, not for 2h as asked for$/)
      })

      it('leaves the TTL to the role when none is asked for', async () => {
        const { connector } = await subject({ role: 'short' })
        const { leaf, warnings } = await connector.issue(await request({ ttl: undefined }))
        expect(Duration.between(new Date(), leaf.notAfter).seconds).toBeCloseTo(1800, -2)
        expect(warnings).toEqual([])
      })

      it("refuses what goes beyond the CA's end, and says what to do", async () => {
        const { connector, http } = await subject()
        await expect(connector.issue(await request({ ttl: Duration.ofHours(8750) }))).rejects.toMatchObject({
          exitCode: 4,
          hint: 'the CA ends before that; ask for less with --ttl',
        })
        expect(http.sent).toHaveLength(1)
      })
    })

    describe('and what is not there', () => {
      it('is told from the mount: for root it is absent, for an ordinary token denied', async () => {
        const { connector } = await subject({ mount: 'nopki' })
        await expect(connector.issue(await request())).rejects.toMatchObject({ exitCode: 4, code: 'denied' })
        const asRoot = new VaultSubject({
          address: server().address,
          token: server().rootToken,
          place: { mount: 'nopki' },
        })
        await expect(asRoot.connector.issue(await request())).rejects.toMatchObject({
          exitCode: 4,
          code: 'not-found',
          hint: 'check --mount, --role, --issuer-ref and --namespace',
        })
      })

      it('is told of the role', async () => {
        const { connector } = await subject({ role: 'nope' })
        await expect(connector.issue(await request())).rejects.toMatchObject({
          exitCode: 4,
          message: 'role "nope" refuses the request: unknown role: nope',
          hint: 'list the roles with: vault list MOUNT/roles, and pass one as --role',
        })
      })

      it.each([
        ['a mount without an issuer', { mount: 'pki_none' }],
        ['an issuer that the mount does not know', { issuerRef: 'nope' }],
      ])('is told of %s, and is not asked again though it is a 500', async (_, place) => {
        const { connector, http } = await subject(place)
        const before = performance.now()
        await expect(connector.issue(await request())).rejects.toMatchObject({
          exitCode: 4,
          hint: 'the mount has no such issuer, or it may not sign; check --mount and --issuer-ref',
        })
        expect(http.sent).toHaveLength(1)
        expect(performance.now() - before).toBeLessThan(900)
      })

      it('is told of a token that may not use the role', async () => {
        const { connector } = await subject({}, { policies: ['default'] })
        await expect(connector.issue(await request())).rejects.toMatchObject({
          exitCode: 4,
          code: 'denied',
          message: 'the token may not use pki/sign/all-ec: permission denied',
        })
        const findings = await connector.check(await request())
        expect(findings.find(({ subject: about }) => about === 'pki/sign/all-ec')?.verdict).toBe('bad')
        expect(findings.find(({ subject: about }) => about === 'role "all-ec"')?.verdict).toBe('unknown')
      })
    })

    describe('and a check', () => {
      it.each(['ec', 'short', 'any', 'uri', 'no-ip', 'all-ec'])(
        'says of names what an issue on the role %s then does',
        async (role) => {
          const { connector } = await subject({ role })
          for (const name of names) {
            const asked = await request({ commonName: name.includes(':') ? host : name }, [name])
            await agreement(connector, asked, 'names')
          }
        },
      )

      it.each(['ec', 'any', 'glob', 'bare', 'no-wildcards', 'any-text', 'mail-cn', 'host-cn', 'free-cn'])(
        'says of common names what an issue on the role %s then does',
        async (role) => {
          const { connector } = await subject({ role })
          for (const commonName of commonNames) await agreement(connector, await request({ commonName }, []), 'names')
        },
      )

      it.each(['ec', 'any', 'all-rsa'])('says of keys what an issue on the role %s then does', async (role) => {
        const { connector } = await subject({ role })
        for (const kind of foreignKeyKinds) {
          const { pem: csr, publicKey } = await parseCsr(makeForeignCsr(kind, host))
          const asked = { commonName: host, sans: [parseSan(host)], ttl: hour, key: { origin: 'csr', csr, publicKey } }
          await agreement(connector, asked as CertificateRequest, 'key')
        }
      })

      it('says of a TTL what an issue on a role with an end of its own then does', async () => {
        const { connector } = await subject({ role: 'fixed-end' })
        await agreement(connector, await request(), 'TTL')
        await agreement(connector, await request({ ttl: undefined }), 'TTL')
      })

      it('does not know what a token may that must not ask for it, and an issue works', async () => {
        const { connector } = await subject({}, { policies: ['signing'], noDefaultPolicy: true })
        const findings = await connector.check(await request())
        expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([])
        const unknown = findings.filter(({ verdict }) => verdict === 'unknown').map(({ subject: about }) => about)
        expect(unknown).toEqual(['token', 'pki/sign/all-ec', 'role "all-ec"'])
        await expect(connector.issue(await request())).resolves.toBeDefined()
      })

      it('knows a token that is dead', async () => {
        const { token } = await server().createToken({ ttl: '10m' })
        await server().revokeToken(token)
        const { connector } = new VaultSubject({ address: server().address, token, place: {} })
        const bad = (await connector.check(await request())).filter(({ verdict }) => verdict === 'bad')
        expect(bad.map(({ subject: about }) => about)).toEqual(['token', 'pki/sign/all-ec'])
      })

      it('knows that a policy must allow updates, and nothing less will do', async () => {
        for (const [capability, verdict] of [
          ['update', 'good'],
          ['create', 'bad'],
          ['read', 'bad'],
        ] as const) {
          const policy = `check-${capability}`
          await server().writePolicy(policy, { 'pki/sign/all-ec': [capability] })
          const { connector } = await subject({}, { policies: [policy] })
          const findings = await connector.check(await request())
          expect(findings.find(({ subject: about }) => about === 'pki/sign/all-ec')?.verdict).toBe(verdict)
          const issuing = connector.issue(await request())
          if (verdict === 'good') await issuing
          else await expect(issuing).rejects.toMatchObject({ code: 'denied' })
        }
      })

      it('warns of a role with leases, and says when they end', async () => {
        const { connector } = await subject({ role: 'lease' })
        const findings = await connector.check(await request())
        expect(findings.find(({ subject: about }) => about === 'lease')).toMatchObject({ verdict: 'unknown' })
        expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([])
      })

      it('leaves the last uses of a token to the certificate', async () => {
        const { connector } = await subject({}, { numUses: 2 })
        await connector.check(await request())
        await expect(connector.issue(await request())).resolves.toBeDefined()
      })

      it('compares the clocks', async () => {
        const { connector } = await subject()
        expect((await connector.check(await request())).at(-1)).toMatchObject({ subject: 'clock', verdict: 'good' })
      })
    })

    it('warns of a certificate that ends with the token, on a role with leases', async () => {
      const { connector } = await subject({ role: 'lease' })
      const { warnings } = await connector.issue(await request())
      expect(warnings).toEqual([
        'this role leases its certificates (generate_lease): this one is revoked when the token that asked for it ends',
      ])
    })

    describe('and revocation', () => {
      it('goes by the certificate where the role stored nothing', async () => {
        const { connector, http } = await subject({ role: 'no-store' })
        const { leaf } = await connector.issue(await request())
        const target = { serial: leaf.serial, reason: undefined }
        await expect(connector.revoke({ ...target, certificate: undefined })).rejects.toMatchObject({
          exitCode: 4,
          code: 'unknown-serial',
        })
        const { serial, revokedAt } = await connector.revoke({ ...target, certificate: leaf })
        expect(serial).toBe(leaf.serial)
        expect(Math.abs(Date.now() - revokedAt.getTime())).toBeLessThan(60_000)
        const bodies = http.sentTo('pki/revoke').map(({ body }) => Object.keys(body as object))
        expect(bodies).toEqual([['serial_number'], ['serial_number'], ['certificate']])
      })

      it('does not pretend that what has expired was revoked', async () => {
        const { connector } = await subject()
        const { leaf } = await connector.issue(await request({ ttl: Duration.ofSeconds(1) }))
        const target = { serial: leaf.serial, certificate: leaf, reason: undefined }
        await expect(connector.revoke(target)).rejects.toMatchObject({ exitCode: 4, code: 'expired' })
      })

      it('takes no reason', async () => {
        const { connector, http } = await subject()
        const { leaf } = await connector.issue(await request())
        const target = { serial: leaf.serial, certificate: leaf, reason: 'keyCompromise' }
        await expect(connector.revoke(target)).rejects.toMatchObject({ exitCode: 6, code: 'unsupported' })
        expect(http.sentTo('pki/revoke')).toEqual([])
      })
    })
  })
}

/** That the check says of the subject "bad" when the issue is refused, and nothing worse than "good" when it is not. */
async function agreement(connector: Connector, asked: CertificateRequest, about: string): Promise<void> {
  const findings = await connector.check(asked)
  const refused = await connector.issue(asked).then(
    () => undefined,
    (error: unknown) => (error instanceof RejectedError ? error.message : Promise.reject(error as Error)),
  )
  const verdict = findings.find(({ subject }) => subject === about)?.verdict ?? 'good'
  expect([asked.commonName, verdict], refused).toEqual([asked.commonName, refused === undefined ? 'good' : 'bad'])
}

async function request(
  different: Partial<CertificateRequest> = {},
  names: readonly string[] = [host],
): Promise<CertificateRequest> {
  const commonName = 'commonName' in different ? different.commonName : host
  const sans = names.map(parseSan)
  const csr = await createCsr({ commonName, sans, key: await generatePrivateKey('ec256') })
  return { commonName, sans, ttl: hour, key: { origin: 'csr', csr }, ...different }
}

function wanted(key: KeySource) {
  return { commonName: host, sans: [parseSan(host)], ttl: hour, key }
}
