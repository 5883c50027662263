import { describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { openssl } from '../../support/openssl.ts'

describe('parseCsr', () => {
  const rsaKey = openssl(['genrsa', '2048'])
  const request = (...args: readonly string[]): string => openssl(['req', '-new', '-key', 'k', ...args], { k: rsaKey })

  it('reads what openssl makes, its older label and CRLF included', async () => {
    const pem = request('-subj', '/C=DE/CN=general/O=Acme/CN=Web.corp', '-addext', 'subjectAltName=DNS:Web.corp,IP:::1')
    for (const text of [pem, pem.replaceAll('\n', '\r\n'), pem.replaceAll('CERTIFICATE REQ', 'NEW CERTIFICATE REQ')]) {
      expect(await parseCsr(text)).toMatchObject({
        commonName: 'Web.corp',
        sans: [parseSan('web.corp'), parseSan('::1')],
        keyType: 'rsa2048',
      })
    }
  })

  it('leaves out names of other kinds', async () => {
    const csr = await parseCsr(
      request('-subj', '/', '-addext', 'subjectAltName=RID:1.2.3,otherName:1.2.3;UTF8:x,DNS:a'),
    )
    expect(csr).toMatchObject({ commonName: undefined, sans: [{ type: 'dns', value: 'a' }] })
  })

  it.each([
    ['text', 'hello'],
    ['nothing', ''],
    ['a key', rsaKey],
    ['an empty block', '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n'],
    ['garbage in a block', '-----BEGIN CERTIFICATE REQUEST-----\nAAAAAAAA\n-----END CERTIFICATE REQUEST-----\n'],
    ['half a request', request('-subj', '/CN=a').replace(/\n(.{64}\n){6}/, '\n')],
  ])('refuses %s', async (_, text) => {
    const parsing = parseCsr(text, 'web.csr')
    await expect(parsing).rejects.toThrow(FileError)
    await expect(parsing).rejects.toThrow('web.csr is no certificate request')
  })

  it('refuses a request whose names were changed after it was signed', async () => {
    const der = Buffer.from(request('-subj', '/CN=web.corp').replace(/-----.*-----/g, ''), 'base64')
    der.write('evl', der.indexOf('web.corp'))
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
    const parsing = parseCsr(pem, 'web.csr')
    await expect(parsing).rejects.toThrow(FileError)
    await expect(parsing).rejects.toThrow('web.csr has a bad signature')
  })

  it('refuses a signature by an algorithm that is weak', async () => {
    await expect(parseCsr(request('-sha1', '-subj', '/CN=a'))).rejects.toThrow('which cannot be checked')
  })
})
