import { ProtocolError, errorMessage, systemErrorCode } from '../core/errors.ts'

/** The largest replies that certctl asks for, a list of certificates or a chain, stay below a tenth of this. */
export const replyCap = 4 * 1024 * 1024

/** The stream of a compressed reply ends before its end. */
export class CutBody extends Error {}

export interface RawReply {
  readonly server: string
  readonly status: number
  readonly encoding: string | undefined
}

/**
 * The body as text. Decompressed here because node-fetch takes a stream that was cut for a whole one. Throws CutBody
 * and ProtocolError.
 */
export async function decodeBody(body: Buffer, reply: RawReply): Promise<string> {
  const encoding = (reply.encoding ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '' || body.length === 0) return new TextDecoder().decode(body)
  const { gunzipSync, inflateSync, brotliDecompressSync } = await import('node:zlib')
  const decompress = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync, br: brotliDecompressSync }[
    encoding
  ]
  if (decompress === undefined) throw unreadable(reply, `its encoding ${JSON.stringify(encoding)} is unknown`)
  try {
    return new TextDecoder().decode(decompress(body, { maxOutputLength: replyCap }))
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ERR_BUFFER_TOO_LARGE') throw replyTooLarge(reply)
    if (code === 'Z_BUF_ERROR') throw new CutBody(undefined, { cause: error })
    throw unreadable(reply, errorMessage(error))
  }
}

export function replyTooLarge({ server, status }: Omit<RawReply, 'encoding'>): ProtocolError {
  return new ProtocolError(`the reply of ${server} is larger than ${replyCap / 1024 / 1024} MiB (status ${status})`, {
    code: 'reply-too-large',
    hint: 'check --address: is that the server, or something in front of it',
    facts: { status },
  })
}

function unreadable({ server, status }: RawReply, why: string): ProtocolError {
  return new ProtocolError(`the reply of ${server} cannot be decompressed: ${why} (status ${status})`, {
    code: 'reply-unreadable',
    hint: 'check --address: is that the server, or something in front of it',
    facts: { status },
  })
}
