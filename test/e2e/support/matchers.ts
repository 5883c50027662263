import { expect } from 'vitest'

/** vitest's own, typed as what they stand for. */
export const anyText = expect.any(String) as string
export const anyNumber = expect.any(Number) as number

export function like(pattern: RegExp): string {
  return expect.stringMatching(pattern) as string
}

export function containing(text: string): string {
  return expect.stringContaining(text) as string
}

/** Within half of 10 to the power of `-digits`. */
export function near(value: number, digits: number): number {
  return expect.closeTo(value, digits) as number
}

export function among<Item>(...items: readonly Item[]): readonly Item[] {
  return expect.arrayContaining([...items] as unknown[]) as readonly Item[]
}
