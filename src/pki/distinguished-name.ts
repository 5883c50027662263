import { printable } from '../core/printable.ts'

/**
 * One line of RFC 4514, most specific part first (`CN=web.corp,O=Acme`), from node:crypto's text of one part a line, most
 * general first. Node escapes the values already, and joins the parts of a multi-valued RDN by ` + `.
 */
export function formatDistinguishedName(nodeText: string | undefined): string {
  const lines = rdnLines(nodeText).map((line) => line.split(' + ').join('+'))
  return printable(lines.reverse().join(','))
}

/** The value of the most specific CN, or undefined. */
export function commonNameOf(nodeText: string | undefined): string | undefined {
  const parts = rdnLines(nodeText).flatMap((line) => line.split(' + '))
  const written = parts.findLast((part) => part.startsWith('CN='))?.slice('CN='.length)
  return written === undefined ? undefined : printable(unescaped(written))
}

// Node leaves the text undefined, against its types, when the name is empty.
function rdnLines(nodeText: string | undefined): string[] {
  return (nodeText ?? '').split('\n').filter((line) => line !== '')
}

/** Undoes `\,` and `\0A` (RFC 4514, 2.4); escaped bytes are UTF-8. */
function unescaped(value: string): string {
  return value.replace(/(?:\\[0-9A-F]{2})+|\\(.)/gis, (bytes: string, character: string | undefined) =>
    character === undefined ? Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString() : character,
  )
}
