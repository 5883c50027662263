/** One PEM block; `pem` has lines that end in `\n` alone, also the last. */
export interface PemBlock {
  readonly label: string
  readonly pem: string
}

/** The PEM blocks of a text in order; CRLF, indentation and text around the blocks are tolerated (RFC 7468, section 2). */
export function parsePem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let label: string | undefined
  let lines: string[] = []
  for (const line of linesOf(text)) {
    const begun = begunIn(line)
    if (begun !== undefined) [label, lines] = [begun, []]
    if (label === undefined) continue
    lines.push(line)
    if (line !== `-----END ${label}-----`) continue
    blocks.push({ label, pem: `${lines.join('\n')}\n` })
    label = undefined
  }
  return blocks
}

/** The labels of blocks that begin and do not end, as in a file that was cut short. */
export function cutLabels(text: string): readonly string[] {
  const labels = linesOf(text).flatMap((line) => begunIn(line) ?? [])
  for (const { label } of parsePem(text)) labels.splice(labels.indexOf(label), 1)
  return labels
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).map((untrimmed) => untrimmed.trim())
}

function begunIn(line: string): string | undefined {
  return /^-----BEGIN ([^-]+)-----$/.exec(line)?.[1]
}

/** Whether the bytes are text with at least the beginning of a PEM block, and not DER. */
export function hasPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ')
}

/** DER as one PEM block with lines of 64 characters, ending in a newline. */
export function formatPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `${[`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n')}\n`
}
