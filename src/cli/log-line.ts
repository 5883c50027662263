import { Chalk, type ChalkInstance } from 'chalk'
import type { LogFields, LogLevel } from '../core/log.ts'

/** Message and fields are printable already. */
export interface LogEvent {
  readonly time: Date
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

// The numbers of syslog, which systemd reads at the start of a line (sd-daemon(3)).
const priorities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7, trace: 7 }

/** `18:04:05 INFO  message  key=value`, the time of day being the local one. */
export function formatTextLine({ time, level, message, fields }: LogEvent, colour: boolean): string {
  const paint = painter(new Chalk({ level: colour ? 1 : 0 }), level)
  return `${time.toTimeString().slice(0, 8)} ${paint(levelWord(level))} ${message}${formatFields(fields)}`
}

/** `<6>INFO  message  key=value`; the journal keeps the time itself. */
export function formatJournalLine({ level, message, fields }: LogEvent): string {
  return `<${priorities[level]}>${levelWord(level)} ${message}${formatFields(fields)}`
}

function levelWord(level: LogLevel): string {
  return level.toUpperCase().padEnd(5)
}

function painter(chalk: ChalkInstance, level: LogLevel): ChalkInstance {
  if (level === 'error') return chalk.red
  if (level === 'warn') return chalk.yellow
  return level === 'info' ? chalk.green : chalk.dim
}

function formatFields(fields: LogFields): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${quoteIfNeeded(String(value))}`)
  return pairs.length === 0 ? '' : `  ${pairs.join(' ')}`
}

function quoteIfNeeded(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : `"${value.replaceAll('"', String.raw`\"`)}"`
}
