// What JSON.stringify leaves as it is: the C1 controls, which move a terminal's cursor, and invisible or direction-changing characters.
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The document as indented JSON with a final newline; no character in it but the line breaks is unprintable. */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(document, null, 2).replace(unprintable, (character) =>
    character === '\n' ? character : escaped(character),
  )
  return `${text}\n`
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => String.raw`\u${unit.toString(16).padStart(4, '0')}`).join('')
}
