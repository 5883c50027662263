import { describe, expect, it } from 'vitest'
import { lookAtCsr } from '../../../src/pki/csr.ts'
import { certificateDump, requestDump } from '../../../src/pki/text-dump.ts'
import { certificateWith } from '../../support/certificate-with.ts'
import { makeCsr } from '../../support/test-csr.ts'
import { x509 } from '../../support/x509.ts'

const subjectAltName = '2.5.29.17'
const basicConstraints = '2.5.29.19'

describe('the dump of a certificate', () => {
  it.each([
    ['alternative names that end too early', subjectAltName, '30038205'],
    ['basic constraints that are none', basicConstraints, 'ffff'],
  ])('shows by their bytes %s', async (_, oid, hex) => {
    const { pem } = await certificateWith({ extensions: [new x509.Extension(oid, true, Buffer.from(hex, 'hex'))] })
    const bytes = hex.match(/../g)?.join(' ') ?? ''
    expect(certificateDump(pem)).toContain(`      ${oid}: critical\n        ${bytes}\n`)
  })

  it('has no line that the certificate put in', async () => {
    const injected = 'a.test\n  Not After: never\u001b[2J'
    const { pem } = await certificateWith({
      commonName: injected,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'url', value: `http://${injected}` },
          { type: 'email', value: `me@${injected}` },
          { type: 'dns', value: injected },
        ]),
        new x509.AuthorityInfoAccessExtension({ ocsp: `http://${injected}` }),
        new x509.CRLDistributionPointsExtension([`http://${injected}`]),
      ],
    })
    const dump = certificateDump(pem)
    expect(dump.split('\n').filter((line) => line.startsWith('  Not After: never'))).toEqual([])
    expect(dump).toContain(String.raw`Email: me@a.test\n  Not After: never\u{1b}[2J`)
    expect(dump).not.toContain('\u001b')
  })
})

describe('the dump of a request', () => {
  it('is laid out as that of a certificate', async () => {
    const request = await lookAtCsr(await makeCsr())
    expect(requestDump(request!.csr.pem)).toMatch(/^PKCS#10 Certificate Request:\n {2}Data:\n/)
  })
})
