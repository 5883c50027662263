import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/core/errors.ts'
import {
  formatSan,
  isDnsName,
  isIpAddress,
  nameOfHost,
  parseSan,
  parseSubjectAltName,
  sameSan,
  type SanType,
} from '../../../src/pki/names.ts'

describe('the name of a host', () => {
  it.each<[string, SanType, string]>([
    ['WWW.bücher.example.', 'dns', 'www.xn--bcher-kva.example'],
    ['::1', 'ip', '::1'],
    ['fe80::1%eth0', 'ip', 'fe80::1'],
    ['10.1', 'dns', '10.1'],
  ])('%s is %s:%s', (host, type, value) => {
    expect(nameOfHost(host)).toEqual({ type, value })
  })
})

describe('parseSan', () => {
  it.each<[string, SanType, string]>([
    ['web.corp', 'dns', 'web.corp'],
    ['web', 'dns', 'web'],
    ['localhost', 'dns', 'localhost'],
    ['WEB.Corp', 'dns', 'web.corp'],
    ['web.corp.', 'dns', 'web.corp'],
    ['*.web.corp', 'dns', '*.web.corp'],
    ['bücher.example', 'dns', 'xn--bcher-kva.example'],
    ['*.bücher.example', 'dns', '*.xn--bcher-kva.example'],
    ['my_app', 'dns', 'my_app'],
    ['10.0.0.1', 'ip', '10.0.0.1'],
    ['2001:DB8:0:0::1', 'ip', '2001:db8::1'],
    ['[::1]', 'ip', '::1'],
    ['::ffff:1.2.3.4', 'ip', '1.2.3.4'],
    ['0:0:0:0:0:FFFF:0102:0304', 'ip', '1.2.3.4'],
    ['Ops@Web.Corp', 'email', 'Ops@web.corp'],
    ['SPIFFE://Web.Corp/App', 'uri', 'spiffe://web.corp/App'],
    ['https://User@Web.Corp/A?B', 'uri', 'https://User@web.corp/A?B'],
    ['urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'uri', 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ])('sorts %s into %s and writes it one way', (text, type, value) => {
    expect(parseSan(text)).toEqual({ type, value })
  })

  it.each<[string, SanType, string]>([
    ['dns:web', 'dns', 'web'],
    ['DNS:web', 'dns', 'web'],
    ['ip:10.0.0.1', 'ip', '10.0.0.1'],
    ['email:a@b.c', 'email', 'a@b.c'],
    ['uri:mailto:a@b.c', 'uri', 'mailto:a@b.c'],
  ])('takes the type that %s forces', (text, type, value) => {
    expect(parseSan(text)).toEqual({ type, value })
  })

  it.each([
    '',
    '.',
    'a b',
    'a..b',
    '-a.b',
    'a-.b',
    'w*.corp',
    'a.*.corp',
    '*',
    '*.',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '10.0.0.0/8',
    'fe80::1%eth0',
    '::1::',
    'web:443',
    '１.1.1.1',
    'a%41.com',
    'ü%41.com',
    'ü b',
    'a\n.b',
    '@web.corp',
    'a@',
    'a@b@c',
    'a@*.corp',
    'a b@web.corp',
    'http://',
    'https://ü.example/',
    'https://web.corp/a b',
    'a'.repeat(64),
    `${'a'.repeat(63)}.`.repeat(4),
    'dns:',
    'dns:10.0.0.1',
    'dns:a@b.c',
    'ip:web.corp',
    'email:web.corp',
    'uri:web.corp',
  ])('refuses %j with a hint', (text) => {
    const refused = expect.objectContaining({ hint: expect.stringMatching(/./) as string }) as Error
    expect(() => parseSan(text)).toThrow(UsageError)
    expect(() => parseSan(text)).toThrow(refused)
  })

  it('says which type a forced name is not', () => {
    expect(() => parseSan('ip:web.corp')).toThrow('"ip:web.corp" is not an IP address')
  })
})

describe('isDnsName and isIpAddress', () => {
  it('tell a name that can be a directory from one that can not', () => {
    expect(['web', '*.web.corp', 'web.corp'].every(isDnsName)).toBe(true)
    expect(['..', 'a/b', '10.0.0.1', 'Jane Doe', ''].some(isDnsName)).toBe(false)
    expect(['10.0.0.1', '::1'].every(isIpAddress)).toBe(true)
    expect(['web', '10.0.0'].some(isIpAddress)).toBe(false)
  })
})

describe('sameSan', () => {
  it('compares what is meant, and keeps the types apart', () => {
    expect(sameSan(parseSan('0:0::1'), parseSan('::1'))).toBe(true)
    expect(sameSan(parseSan('A.b'), parseSan('a.B'))).toBe(true)
    expect(sameSan({ type: 'dns', value: 'a' }, { type: 'uri', value: 'a' })).toBe(false)
  })
})

describe('formatSan', () => {
  it.each(['web.corp', '::1', 'a@b.c', 'spiffe://a/b'])('prints %s bare, since it sorts itself', (text) => {
    expect(formatSan(parseSan(text))).toBe(text)
  })

  it.each(['uri:mailto:a@b.c', 'uri:tag:x'])('keeps the prefix of %s, which would not', (text) => {
    expect(formatSan(parseSan(text))).toBe(text)
    expect(parseSan(formatSan(parseSan(text)))).toEqual(parseSan(text))
  })
})

describe('parseSubjectAltName', () => {
  it("reads node:crypto's text into canonical names", () => {
    const text = 'DNS:Web.corp, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1, email:a@b.c, URI:spiffe://a/b'
    const names = ['web.corp', '::1', '10.0.0.1', 'a@b.c', 'spiffe://a/b'].map((name) => parseSan(name))
    expect(parseSubjectAltName(text)).toEqual(names)
  })

  it('unquotes values with commas, so that no name can be smuggled in', () => {
    expect(parseSubjectAltName(String.raw`URI:"http://a/?x=\"1\", DNS:evil.corp", DNS:web.corp`)).toEqual([
      { type: 'uri', value: 'http://a/?x="1", DNS:evil.corp' },
      { type: 'dns', value: 'web.corp' },
    ])
  })

  it('leaves out other kinds and keeps malformed names as printable text', () => {
    const text = String.raw`othername:<unsupported>, DirName:"CN=a, O=b", DNS:"a\u001bb", Registered ID:1.2.3, DNS:web`
    expect(parseSubjectAltName(text)).toEqual([
      { type: 'dns', value: String.raw`a\u{1b}b` },
      { type: 'dns', value: 'web' },
    ])
  })

  it('finds no name in a certificate without any', () => {
    expect(parseSubjectAltName('')).toEqual([])
  })
})
