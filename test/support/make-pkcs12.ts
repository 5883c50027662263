import { execFileSync } from 'node:child_process'
import type { KeyAndCertificate } from './test-ca.ts'

/** A PKCS#12 file by openssl; `others` are further certificates in PEM. */
export function makePkcs12(
  { cert, key }: KeyAndCertificate,
  {
    password,
    args = [],
    others = '',
  }: { readonly password: string; readonly args?: readonly string[]; readonly others?: string },
): Buffer {
  const input = `${key}\n${cert}${others}`
  return execFileSync('openssl', ['pkcs12', '-export', ...args, '-passout', `pass:${password}`], {
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}
