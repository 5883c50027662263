import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  issueDocument,
  issueText,
  pemDocument,
  pemText,
  validUntil,
} from '../../../../src/cli/views/certificate-view.ts'
import { Duration } from '../../../../src/core/duration.ts'
import type { Issuance } from '../../../../src/operations/issue-certificate.ts'
import { obtainCertificate, type ObtainedCertificate } from '../../../../src/operations/obtain-certificate.ts'
import { parseSan } from '../../../../src/pki/names.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { FakeConnector } from '../../operations/fake-connector.ts'

const clock = new FakeClock(new Date('2026-03-01T12:00:00Z'))
const files = {
  cert: '/tls/a\nb/cert.pem',
  chain: '/tls/a\nb/chain.pem',
  fullchain: '/tls/a\nb/fullchain.pem',
  key: '/tls/a\nb/privkey.pem',
  ca: null,
}
let connector: FakeConnector
let obtained: ObtainedCertificate
let issuance: Issuance

beforeAll(async () => {
  connector = new FakeConnector(await IssuingCa.create(), clock)
  const sans = [parseSan('web.corp'), parseSan('10.0.0.7')]
  const key = { origin: 'generated', keyType: undefined } as const
  obtained = await obtainCertificate(connector, { commonName: 'web.corp', sans, ttl: Duration.ofDays(30), key })
  issuance = {
    certificate: obtained.leaf,
    files,
    outputs: undefined,
    written: ['/tls/cert.pem'],
    nextRenewalAt: new Date('2026-03-21T12:00:00.789Z'),
    deploy: 'none',
    hasDeploymentWork: false,
    warnings: [],
  }
})

const certificate = () => ({
  subject: 'CN=web.corp',
  serial: obtained.leaf.serial,
  issuer: 'CN=test intermediate',
  sans: [
    { type: 'dns', value: 'web.corp' },
    { type: 'ip', value: '10.0.0.7' },
  ],
  notBefore: '2026-03-01T12:00:00Z',
  notAfter: '2026-03-31T12:00:00Z',
  keyType: 'ec256',
  fingerprintSha256: obtained.leaf.fingerprintSha256,
})

describe('an issuance', () => {
  it('is one document', () => {
    expect(issueDocument(issuance, connector, ['a remark'])).toEqual({
      schema: 1,
      action: 'issued',
      issuer: { kind: 'fake', name: 'prod' },
      certificate: certificate(),
      files,
      written: ['/tls/cert.pem'],
      nextRenewalAt: '2026-03-21T12:00:00Z',
      deployment: { state: 'none', hooks: [] },
      warnings: ['a remark'],
    })
  })

  it('is told with names, files and times, on lines of their own', () => {
    const text = stripVTControlCharacters(issueText(issuance, connector, '/tls/a\nb', clock.now()))
    expect(text.split('\n')).toEqual([
      'issued web.corp by prod',
      '  names        web.corp, 10.0.0.7',
      `  serial       ${obtained.leaf.serial}`,
      '  key          ec256',
      '  valid until  2026-03-31T12:00:00Z (30d left)',
      '  renew from   2026-03-21T12:00:00Z',
      String.raw`  directory    /tls/a\nb`,
      '  files        cert.pem chain.pem fullchain.pem privkey.pem',
      '',
    ])
  })
})

describe('an issuance to stdout', () => {
  it('has the key only when it was asked for', () => {
    const document = (withKey: boolean) => pemDocument(obtained, connector, withKey, [])
    expect(document(false)).toEqual({
      schema: 1,
      action: 'issued',
      issuer: { kind: 'fake', name: 'prod' },
      certificate: certificate(),
      pem: { cert: obtained.leaf.pem, chain: obtained.chain[0]?.pem, ca: obtained.root?.pem },
      warnings: [],
    })
    expect(document(true)).toMatchObject({ pem: { key: obtained.privateKey?.pem.reveal() } })
    expect(JSON.stringify(document(false))).not.toContain('PRIVATE KEY')
  })

  it('is leaf, chain and, when asked for, the key in PEM', () => {
    const fullchain = obtained.leaf.pem + obtained.chain[0]!.pem
    expect(pemText(obtained, false)).toBe(fullchain)
    expect(pemText(obtained, true)).toBe(fullchain + obtained.privateKey!.pem.reveal())
    expect(pemText({ ...obtained, privateKey: undefined }, true)).toBe(fullchain)
  })

  it('has null for a root that the issuer does not give', () => {
    expect(pemDocument({ ...obtained, root: undefined }, connector, true, [])).toMatchObject({ pem: { ca: null } })
  })
})

describe('the end of a certificate', () => {
  it.each([
    [Duration.ofDays(0), '2026-03-31T12:00:00Z (30d left)'],
    [Duration.ofDays(30), '2026-03-31T12:00:00Z (expired)'],
  ])('after %j', (passed, text) => {
    expect(validUntil(obtained.leaf, passed.after(clock.now()))).toBe(text)
  })
})
