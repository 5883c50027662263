export type Parsed<T> = { readonly value: T } | Problem

export interface Problem {
  /** What is wrong, to be read after the quoted value; with `holdsSecret` a sentence of its own. */
  readonly problem: string
  /** How to write it, when the setting's own hint doesn't fit. */
  readonly hint?: string
  /** The value may hold a secret, and is not shown. */
  readonly holdsSecret?: boolean
  /** It is refused as a setting (3) wherever it came from. */
  readonly isMisplaced?: boolean
}
