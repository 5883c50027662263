const closed = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'])

/** A reader that goes away (`certctl ... | head`) is no failure of ours. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!closed.has(error.code ?? '')) throw error
    })
  }
}

/** Resolves when all that was written has been handed to the system: pipes are written asynchronously. */
export async function flushOutput(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => flush(stream)))
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) return resolve()
    stream.once('close', resolve)
    stream.write('', () => resolve())
  })
}
