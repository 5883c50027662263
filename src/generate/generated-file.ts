/** A file for the place that certctl runs in, ready to be put there. */
export interface GeneratedFile {
  readonly name: string
  readonly content: string
}
