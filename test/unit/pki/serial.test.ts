import { describe, expect, it } from 'vitest'
import { formatSerial, parseSerial } from '../../../src/pki/serial.ts'

describe('formatSerial', () => {
  it.each([
    ['3F0A', '3f:0a'],
    ['00FF01', 'ff:01'],
    ['1', '01'],
    ['0', '00'],
    ['-12D687', 'ed:29:79'],
    ['-1', 'ff'],
    ['-80', '80'],
    ['-81', 'ff:7f'],
  ])('prints %s as %s', (hex, serial) => {
    expect(formatSerial(hex)).toBe(serial)
  })
})

describe('parseSerial', () => {
  it.each(['3f:0a:91', '3F-0A-91', '0x3f0a91', '3f0a91', ' 3F 0a 91 ', 'serial=3F0A91'])('reads %j', (text) => {
    expect(parseSerial(text)).toBe('3f:0a:91')
  })

  it('takes digits alone for hex', () => {
    expect(parseSerial('1234')).toBe('12:34')
  })

  it.each(['', 'web.corp', 'serial=', 'issuer=3f', '3f:zz', 'f'.repeat(41)])('refuses %j', (text) => {
    expect(() => parseSerial(text)).toThrow('is not a serial number')
  })
})
