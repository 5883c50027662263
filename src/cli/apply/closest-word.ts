import { closestMatch } from 'leven'

/** The known word that was probably meant; undefined when none is near. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  return closestMatch(word, known, { maxDistance: Math.max(2, Math.floor(word.length / 3)) })
}
