import { createHash } from 'node:crypto'

/** What the derived bytes are for: RFC 7292, appendix B.3. */
const purposes = { encryption: 1, iv: 2, mac: 3 } as const

export interface Derivation {
  readonly digest: 'sha1' | 'sha256'
  readonly purpose: keyof typeof purposes
  /** ASCII. */
  readonly password: string
  readonly salt: Buffer
  readonly iterations: number
}

/** The block size of SHA-1 and SHA-256, in bytes. */
const block = 64

/** PKCS#12's own derivation of `length` bytes from a password: RFC 7292, appendix B.2. */
export function deriveBytes(length: number, { digest, purpose, password, salt, iterations }: Derivation): Buffer {
  const diversifier = Buffer.alloc(block, purposes[purpose])
  // Appendix B.1: big-endian UTF-16, with its terminator.
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const input = Buffer.concat([filled(salt), filled(text)])
  const derived: Buffer[] = []
  for (let have = 0; have < length;) {
    let hash = createHash(digest).update(diversifier).update(input).digest()
    for (let round = 1; round < iterations; round += 1) hash = createHash(digest).update(hash).digest()
    derived.push(hash)
    have += hash.length
    const step = Buffer.alloc(block, hash)
    for (let at = 0; at < input.length; at += block) addWithOne(input.subarray(at, at + block), step)
  }
  return Buffer.concat(derived).subarray(0, length)
}

/** Repeated up to a multiple of the block size. */
function filled(bytes: Buffer): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
}

/** target + other + 1, as big-endian numbers of that many bytes. */
function addWithOne(target: Buffer, other: Buffer): void {
  let carry = 1
  for (let at = target.length - 1; at >= 0; at -= 1) {
    const sum = target[at]! + other[at]! + carry
    target[at] = sum & 0xff
    carry = sum >> 8
  }
}
