/** All that comes, as one. Rejects with the error that `tooLarge` makes once there are more bytes than the limit. */
export async function gather(chunks: AsyncIterable<Buffer>, limit: number, tooLarge: () => Error): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > limit) throw tooLarge()
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}
