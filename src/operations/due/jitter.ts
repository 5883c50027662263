import { createHash } from 'node:crypto'

/** From 0 up to 1, always the same for a certificate on a host: hosts that were set up alike do not renew at one moment. */
export function stableJitter(hostName: string, directory: string): number {
  const hash = createHash('sha256').update(`${hostName}\n${directory}`).digest()
  return hash.readUIntBE(0, 6) / 2 ** 48
}
