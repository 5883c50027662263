import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { inspectionText } from '../../../../src/cli/views/inspection-view.ts'
import type { Inspection } from '../../../../src/operations/inspect.ts'
import type { PkiObject } from '../../../../src/pki/pki-object.ts'
import { generatePrivateKey } from '../../../../src/pki/private-key.ts'

const list: PkiObject = { kind: 'other', label: 'X509 CRL' }

function textOf(objects: readonly PkiObject[], changes: Partial<Inspection> = {}): string {
  const sources = [{ name: 'it', objects, problems: [] }]
  const inspection = { target: 'it', kind: 'file' as const, endpoint: undefined, sources, problems: [], ...changes }
  return stripVTControlCharacters(inspectionText(inspection, new Date('2026-06-01T00:00:00Z')))
}

describe('the text of an inspection', () => {
  it('finds no problem only in what was looked into', async () => {
    const { publicKey, keyType } = await generatePrivateKey('ec256')
    const key: PkiObject = { kind: 'public-key', keyType, publicKey }
    expect(textOf([list])).toBe('it\nX509 CRL, not looked into\n')
    expect(textOf([key, list])).toBe('it\npublic key, ec256\nX509 CRL, not looked into\nno problem found in the rest\n')
    expect(textOf([key])).toBe('it\npublic key, ec256\nno problem found\n')
  })

  it.each([
    ['TLSv1.3', true, 'TLSv1.3, AES\n  client certificate  asked for\n'],
    ['TLSv1.3', false, 'TLSv1.3, AES\n'],
    [undefined, true, 'the server ended the handshake, in which it asked for a client certificate\n'],
    [undefined, false, 'the server ended the handshake\n'],
  ])('tells how an endpoint took it: %s, %s', (protocol, asksClientCertificate, words) => {
    const endpoint = {
      ...{ host: 'web.corp', port: 443, address: undefined, serverName: undefined, startTls: undefined },
      ...{ protocol, cipher: 'AES', asksClientCertificate },
    }
    expect(textOf([], { kind: 'endpoint', endpoint })).toContain(words)
  })
})
