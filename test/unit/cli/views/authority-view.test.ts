import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { authorityDocument, authorityText } from '../../../../src/cli/views/authority-view.ts'
import type { CreatedAuthority } from '../../../../src/connectors/local/certificate-authority.ts'
import { generatePrivateKey } from '../../../../src/pki/private-key.ts'
import { signRoot } from '../../../../src/pki/sign-certificate.ts'

let created: CreatedAuthority

beforeAll(async () => {
  const key = await generatePrivateKey('ec256')
  const period = { notBefore: new Date('2026-03-01T12:00:00Z'), notAfter: new Date('2036-03-01T12:00:00Z') }
  const certificate = await signRoot({ commonName: 'corp CA', key, ...period })
  created = { certificate, key, replaced: undefined } as CreatedAuthority
})

describe('a new CA', () => {
  it('is one document, without its key', () => {
    const document = authorityDocument(created, '/state/local-ca', ['a remark'])
    expect(document).toMatchObject({
      schema: 1,
      action: 'created',
      certificate: { subject: 'CN=corp CA', notAfter: '2036-03-01T12:00:00Z' },
      files: { cert: '/state/local-ca/ca.pem' },
      directory: '/state/local-ca',
      replaced: null,
      warnings: ['a remark'],
    })
    expect(JSON.stringify(document)).not.toContain('PRIVATE')
  })

  it('is told with what to do next, and where the old one is', () => {
    const text = authorityText(
      { ...created, replaced: '/state/old' },
      '/state/local-ca',
      new Date('2026-03-01T12:00:00Z'),
    )
    const plain = stripVTControlCharacters(text)
    expect(plain).toMatch(/^created CN=corp CA\n/)
    expect(plain).toMatch(/ replaced +\/state\/old\n/)
    expect(plain).toMatch(/ trust it +certctl local ca > ca\.pem\n/)
    expect(stripVTControlCharacters(authorityText(created, '/d', new Date()))).not.toContain('replaced')
  })
})
