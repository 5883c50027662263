import { describe, expect, it } from 'vitest'
import { hintFor, plainWords } from '../../../../../src/connectors/vault/answers/refusal-texts.ts'

describe("Vault's words", () => {
  it('lose the frame of an error list, however long it is, and what surrounds each text', () => {
    expect(plainWords(['12 errors occurred:\n\t*  first \n\t* second.\n\n', 'third:'])).toBe('first; second; third')
  })

  it('are not quoted in full when they are a book', () => {
    expect(plainWords(['x'.repeat(1000)])).toBe('x'.repeat(1000))
    expect(plainWords(['x'.repeat(5000)])).toBe('x'.repeat(1000))
    expect(plainWords(['x'.repeat(900), 'y'.repeat(900)])).toBe(`${'x'.repeat(900)}; ${'y'.repeat(98)}...`)
  })
})

describe('the hint', () => {
  it.each([
    ['unknown role: nope', 'vault list MOUNT/roles'],
    ['common name db.corp not allowed by this role', 'a name that the role allows'],
    ['RSA keys < 2048 bits are unsafe and not supported', '2048 bits or more'],
    ['csr contains no data', 'openssl req -verify'],
    ['the IP address 192.0.2.7 is not allowed by this role', 'allow_ip_sans'],
    ['cannot satisfy request, as TTL would result in notAfter that is beyond the expiration of the CA', '--ttl'],
  ])('to "%s" is by its text', (words, advice) => {
    expect(hintFor(words, 'certificate')).toContain(advice)
    expect(hintFor(words, 'certificate')).not.toBe(hintFor('', 'certificate'))
  })

  it('is by what was asked for when the text says nothing known', () => {
    expect(hintFor('who knows', 'token-renewal')).toContain('certctl vault token-status')
    expect(hintFor('who knows', 'login')).toContain('--auth-role')
    expect(hintFor('who knows', 'token-lookup')).toBe('check --address and --namespace')
  })
})
