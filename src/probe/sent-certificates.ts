import { createDecipheriv, createHmac, type CipherGCMTypes } from 'node:crypto'

/** Of TLS records and handshake messages, RFC 8446, sections 5.1 and 4, and RFC 5246, section 7.4.2. */
const [changeCipherSpec, handshake, applicationData] = [20, 22, 23]
const [serverHello, certificate, certificateRequest] = [2, 11, 13]

export interface SentCertificates {
  readonly certificates: readonly Buffer[]
  /** Whether the server wants one in return, be it that it can do without. */
  readonly asksForOne: boolean
}

/**
 * The certificates that a server sent, in its order and with all that does not belong there: Node and OpenSSL show only
 * the chain that they make of them. Reads what was received on the wire; in TLS 1.3 that is encrypted, by the handshake
 * secret that Node's `keylog` event tells.
 */
export function sentCertificates(received: Buffer, handshakeSecret: Buffer | undefined): SentCertificates {
  const messages = handshakeMessages(received, handshakeSecret)
  const body = messages.find(({ type }) => type === certificate)?.body
  return {
    certificates: body === undefined ? [] : certificatesIn(body, handshakeSecret !== undefined),
    asksForOne: messages.some(({ type }) => type === certificateRequest),
  }
}

interface Message {
  readonly type: number
  readonly body: Buffer
}

function handshakeMessages(received: Buffer, secret: Buffer | undefined): readonly Message[] {
  let stream = Buffer.alloc(0)
  let decrypt: ((record: Buffer) => Buffer | undefined) | undefined
  for (const record of recordsIn(received)) {
    const content = record.subarray(5)
    if (record[0] === handshake) stream = Buffer.concat([stream, content])
    else if (record[0] === changeCipherSpec && secret === undefined) break
    else if (record[0] === applicationData && secret !== undefined) {
      decrypt ??= recordDecrypter(secret, suiteIn(messagesIn(stream)))
      stream = Buffer.concat([stream, decrypt(record) ?? Buffer.alloc(0)])
    }
  }
  return messagesIn(stream)
}

function recordsIn(received: Buffer): readonly Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at + 5 <= received.length; at += 5 + received.readUInt16BE(at + 3)) {
    const end = at + 5 + received.readUInt16BE(at + 3)
    if (end <= received.length) records.push(received.subarray(at, end))
  }
  return records
}

function messagesIn(stream: Buffer): readonly Message[] {
  const messages: Message[] = []
  for (let at = 0; at + 4 <= stream.length; at += 4 + stream.readUIntBE(at + 1, 3)) {
    const body = stream.subarray(at + 4, at + 4 + stream.readUIntBE(at + 1, 3))
    messages.push({ type: stream.readUInt8(at), body })
  }
  return messages
}

interface Suite {
  readonly cipher: CipherGCMTypes | 'chacha20-poly1305'
  readonly hash: 'sha256' | 'sha384'
  readonly keyLength: number
}

/** RFC 8446, appendix B.4; OpenSSL offers these three. */
const suites: Readonly<Record<number, Suite>> = {
  0x1301: { cipher: 'aes-128-gcm', hash: 'sha256', keyLength: 16 },
  0x1302: { cipher: 'aes-256-gcm', hash: 'sha384', keyLength: 32 },
  0x1303: { cipher: 'chacha20-poly1305', hash: 'sha256', keyLength: 32 },
}

/** The last ServerHello's: one that asks to try again comes before it. */
function suiteIn(messages: readonly Message[]): Suite | undefined {
  const hello = messages.findLast(({ type }) => type === serverHello)?.body
  if (hello === undefined || hello.length < 35) return undefined
  const at = 35 + hello.readUInt8(34)
  return at + 2 > hello.length ? undefined : suites[hello.readUInt16BE(at)]
}

/** Gives the handshake messages of a record; undefined from the first on that the secret does not open. */
function recordDecrypter(secret: Buffer, suite: Suite | undefined): (record: Buffer) => Buffer | undefined {
  if (suite === undefined) return () => undefined
  const key = expandLabel(secret, 'key', suite.keyLength, suite.hash)
  const iv = expandLabel(secret, 'iv', 12, suite.hash)
  let sequence = 0
  return (record) => {
    const nonce = Buffer.from(iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence++) >>> 0, 8)
    // Both kinds of cipher take the same calls; Node's types know them apart.
    const decipher = createDecipheriv(suite.cipher as CipherGCMTypes, key, nonce, { authTagLength: 16 })
    decipher.setAAD(record.subarray(0, 5))
    decipher.setAuthTag(record.subarray(-16))
    try {
      return handshakeContent(Buffer.concat([decipher.update(record.subarray(5, -16)), decipher.final()]))
    } catch {
      return undefined
    }
  }
}

/** The last octet that is not padding says what the record holds. */
function handshakeContent(plain: Buffer): Buffer | undefined {
  const end = plain.findLastIndex((octet) => octet !== 0)
  return plain[end] === handshake ? plain.subarray(0, end) : undefined
}

/** HKDF-Expand-Label, RFC 8446, section 7.1, for no more than one block and without a context. */
function expandLabel(secret: Buffer, label: string, length: number, hash: Suite['hash']): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])])
  return createHmac(hash, secret).update(info).digest().subarray(0, length)
}

function certificatesIn(body: Buffer, isTls13: boolean): readonly Buffer[] {
  const found: Buffer[] = []
  // TLS 1.3 puts a context before the list, empty from a server, and extensions after each certificate.
  let at = (isTls13 ? 1 + (body[0] ?? 0) : 0) + 3
  while (at + 3 <= body.length) {
    const end = at + 3 + body.readUIntBE(at, 3)
    if (end > body.length) break
    found.push(body.subarray(at + 3, end))
    at = isTls13 && end + 2 <= body.length ? end + 2 + body.readUInt16BE(end) : end
  }
  return found
}
