// Unicode general categories: Cc control, Cf format (bidirectional overrides among them), Zl and Zp line breaks, Cs lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The text with every character that could move a cursor, start a new log line or hide text written as `\n`, `\t` or `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    if (character === '\n') return String.raw`\n`
    if (character === '\r') return String.raw`\r`
    if (character === '\t') return String.raw`\t`
    return String.raw`\u{${character.codePointAt(0)!.toString(16)}}`
  })
}
