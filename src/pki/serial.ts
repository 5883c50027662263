import { UsageError } from '../core/errors.ts'

/** A certificate's serial number as lower-case hex pairs with colons, without a leading zero byte (RFC 5280, 4.1.2.2). */
export function formatSerial(hex: string): string {
  const digits = (hex.startsWith('-') ? twosComplement(hex.slice(1)) : hex).toLowerCase().replace(/^0+(?=.)/, '')
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return even.replace(/(..)(?=.)/g, '$1:')
}

/** A negative number as DER holds it, in as few octets as take its sign (X.690, 8.3): RFC 5280 forbids it, and some have it. */
function twosComplement(magnitude: string): string {
  const value = -BigInt(`0x${magnitude}`)
  let bits = 8
  while (BigInt.asIntN(bits, value) !== value) bits += 8
  return BigInt.asUintN(bits, value).toString(16)
}

/** Reads colons, dashes, spaces or bare hex, with or without `0x`; anything else is a usage error. */
export function parseSerial(text: string): string {
  // `openssl x509 -serial` prints it behind `serial=`. Digits alone are hex, as to openssl and Vault.
  const hex = text
    .trim()
    .replace(/^(?:serial=|0x)/i, '')
    .replace(/[:\- ]/g, '')
  if (!/^[0-9a-f]{1,40}$/i.test(hex)) {
    throw new UsageError(`"${text}" is not a serial number`, { hint: serialForms })
  }
  return formatSerial(hex)
}

/** How a serial is written, as a hint. */
export const serialForms =
  'write a serial as hex, like 3f:0a:91 or 3f0a91; a decimal one N becomes hex by: echo "obase=16; N" | bc'
