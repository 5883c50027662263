import { pino } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { LogFields, Logger, LogLevel } from '../core/log.ts'
import { printable } from '../core/printable.ts'
import type { LogFormat } from './log-format.ts'
import { formatJournalLine, formatTextLine, type LogEvent } from './log-line.ts'
import { writeToStderr } from './stderr-writer.ts'

export interface LoggerOptions {
  readonly format: LogFormat
  /** Events below it are dropped. */
  readonly level: LogLevel
  readonly clock: Clock
  /** Whether the text format colours the level. */
  readonly colour: boolean
  /** Takes whole lines, each with its line break; stderr when left out. */
  readonly write?: (line: string) => void
}

/** A logger that writes one line an event, at once. Loads pino: import this file only where something is logged. */
export function createLogger({ format, level, clock, colour, write = writeToStderr }: LoggerOptions): Logger {
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: lineWriter(format, colour, write) },
  )
  return {
    log: (eventLevel, message, fields = {}) => {
      log[eventLevel]({ message: printable(message), ...printableFields(fields) })
    },
  }
}

const reserved = new Set(['time', 'level', 'message'])

function printableFields(fields: LogFields): LogFields {
  const kept = Object.entries(fields).filter(([key, value]) => value !== undefined && !reserved.has(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, typeof value === 'string' ? printable(value) : value]))
}

function lineWriter(format: LogFormat, colour: boolean, write: (line: string) => void): (json: string) => void {
  if (format === 'json') return write
  const line = format === 'journal' ? formatJournalLine : (event: LogEvent) => formatTextLine(event, colour)
  return (json) => {
    write(`${line(parseEvent(json))}\n`)
  }
}

function parseEvent(json: string): LogEvent {
  const { time, level, message, ...fields } = JSON.parse(json) as WrittenEvent
  return { time: new Date(time), level, message, fields }
}

type WrittenEvent = LogFields & { readonly time: string; readonly level: LogLevel; readonly message: string }
