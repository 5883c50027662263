import { describe, expect, it } from 'vitest'
import { cutLabels, formatPem, parsePem } from '../../../src/pki/pem.ts'

const block = '-----BEGIN A B-----\nAAEC\n-----END A B-----\n'

describe('parsePem', () => {
  it('finds the blocks among other text, in order', () => {
    const text = `subject: x\n${block}between\n${block.replaceAll('A B', 'C')}after`
    expect(parsePem(text)).toEqual([
      { label: 'A B', pem: block },
      { label: 'C', pem: block.replaceAll('A B', 'C') },
    ])
  })

  it('ends every line in a bare newline, also the last, whatever came in', () => {
    const [found] = parsePem(block.replaceAll('\n', '\r\n').trimEnd().replaceAll('-----B', '  -----B'))
    expect(found?.pem).toBe(block)
  })

  it('passes over a block that never ends and one that ends as another', () => {
    expect(parsePem(`-----BEGIN X-----\nAA\n${block}-----BEGIN Y-----\n-----END Z-----\n`)).toEqual([
      { label: 'A B', pem: block },
    ])
  })

  it('finds nothing in text without blocks', () => {
    expect(parsePem('hello\n')).toEqual([])
  })

  it('is done at once with megabytes of openings', () => {
    expect(parsePem('-----BEGIN X-----\n'.repeat(200_000))).toEqual([])
  })
})

describe('cutLabels', () => {
  it('finds what begins and does not end, or ends as another', () => {
    expect(cutLabels(`${block}-----BEGIN X-----\nAA\n${block}-----BEGIN Y-----\n-----END Z-----\n`)).toEqual(['X', 'Y'])
    expect(cutLabels(`${block}${block.slice(0, -3)}`)).toEqual(['A B'])
    expect(cutLabels(`${block}${block}`)).toEqual([])
  })
})

describe('formatPem', () => {
  it('writes lines of 64 characters', () => {
    const lines = formatPem('DATA', Buffer.alloc(49)).split('\n')
    expect(lines).toEqual(['-----BEGIN DATA-----', 'A'.repeat(64), 'AA==', '-----END DATA-----', ''])
  })

  it('is read back by parsePem', () => {
    expect(parsePem(formatPem('A B', Buffer.from([0, 1, 2])))).toEqual([{ label: 'A B', pem: block }])
  })
})
