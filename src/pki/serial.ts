import { UsageError } from '../core/errors.ts'

/** A certificate's serial number as lower-case hex pairs with colons, without a leading zero byte (RFC 5280, 4.1.2.2). */
export function formatSerial(hex: string): string {
  const digits = hex.toLowerCase().replace(/^0+(?=.)/, '')
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return even.replace(/(..)(?=.)/g, '$1:')
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
