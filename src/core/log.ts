export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** One event is one line. Fields are plain facts; a secret is never among them. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void
}
