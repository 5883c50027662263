import { describe, expect, it } from 'vitest'
import { canonicalIpAddress, ipAddressOctets } from '../../../src/pki/ip-address.ts'

describe('ipAddressOctets', () => {
  it.each([
    ['10.0.0.255', '0a0000ff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:0:3:4:5:6:7:8', '00010000000300040005000600070008'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ])('has the octets of %s', (address, hex) => {
    expect(canonicalIpAddress(address)).toBe(address)
    expect(Buffer.from(ipAddressOctets(address)).toString('hex')).toBe(hex)
  })
})
