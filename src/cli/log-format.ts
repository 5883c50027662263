export const logFormats = ['text', 'json', 'journal'] as const
export type LogFormat = (typeof logFormats)[number]

export interface LogFormatFacts {
  /** What the operator asked for; wins. */
  readonly explicit?: LogFormat | undefined
  /** Whether stderr is a terminal. */
  readonly isTerminal: boolean
  /** `JOURNAL_STREAM`: device and inode, in decimal, of the stream that systemd joined to the journal (systemd.exec(5)). */
  readonly journalStream?: string | undefined
  /** What `fstat` says of stderr; undefined when it is closed. */
  readonly stderrStat?: { readonly dev: number | bigint; readonly ino: number | bigint } | undefined
}

/** Text on a terminal, journal when stderr still is the stream that systemd made, else JSON. */
export function chooseLogFormat({ explicit, isTerminal, journalStream, stderrStat }: LogFormatFacts): LogFormat {
  if (explicit !== undefined) return explicit
  if (isTerminal) return 'text'
  if (stderrStat === undefined) return 'json'
  return journalStream === `${String(stderrStat.dev)}:${String(stderrStat.ino)}` ? 'journal' : 'json'
}
