import { Duration, parseDuration } from '../core/duration.ts'
import type { Parsed } from './parsed.ts'

/** A setting as it is written: a flag's, variable's or profile's text, a switch, or the texts of a list. */
export type RawValue = string | boolean | readonly string[]

export type Parser<T> = (raw: RawValue) => Parsed<T>

/** Lets a parser of text take only text. */
export function textOf<T>(parse: (text: string) => Parsed<T>): Parser<T> {
  return (raw) => {
    if (typeof raw !== 'string') return { problem: 'is no text' }
    return raw === '' ? { problem: 'is empty' } : parse(raw)
  }
}

export function listOf<T>(parse: (text: string) => Parsed<T>): Parser<readonly T[]> {
  return (raw) => {
    if (typeof raw === 'boolean') return { problem: 'is no list of texts' }
    const values: T[] = []
    for (const text of typeof raw === 'string' ? [raw] : raw) {
      const parsed = parse(text)
      if ('problem' in parsed) return parsed
      values.push(parsed.value)
    }
    return { value: values }
  }
}

/** A switch, or what Go's strconv.ParseBool takes, since the vault CLI reads its variables by that. */
export function parseSwitch(raw: RawValue): Parsed<boolean> {
  if (typeof raw === 'boolean') return { value: raw }
  if (typeof raw === 'string' && /^(?:1|t|T|TRUE|true|True)$/.test(raw)) return { value: true }
  if (typeof raw === 'string' && /^(?:0|f|F|FALSE|false|False)$/.test(raw)) return { value: false }
  return { problem: 'is neither true nor false' }
}

export function oneOf<const T extends string>(words: readonly T[]): Parser<T> {
  return textOf((text) => {
    const word = words.find((candidate) => candidate === text)
    return word === undefined ? { problem: `is none of ${words.join(', ')}` } : { value: word }
  })
}

export function parseLength(text: string): Parsed<Duration> {
  const duration = parseDuration(text)
  if (!duration) return { problem: 'is no duration' }
  return duration.isPositive ? { value: duration } : { problem: 'is not longer than zero' }
}

const longestTimeout = Duration.ofDays(1)

/** At most a day: Node fires a timer above 24.8 days at once. */
export function parseTimeout(text: string): Parsed<Duration> {
  const parsed = parseLength(text)
  const isTooLong = 'value' in parsed && longestTimeout.isLessThan(parsed.value)
  return isTooLong ? { problem: 'is longer than a day' } : parsed
}

export function parseCount(text: string): Parsed<number> {
  return /^\d{1,6}$/.test(text) ? { value: Number(text) } : { problem: 'is no whole number from 0 on' }
}

export function parsePath(text: string): Parsed<string> {
  return text.includes('\0') ? { problem: 'is no path' } : { value: text }
}

/** One segment of an API path: a role, an issuer's name or id, a host's name. */
export function parseName(text: string): Parsed<string> {
  return isSegment(text) ? { value: text } : { problem: 'is no name' }
}

/** Segments of an API path, with the slashes around them dropped: the vault CLI takes `pki/` for `pki`. */
export function parseSegments(text: string): Parsed<string> {
  const path = text.replace(/^\/+|\/+$/g, '')
  return path.split('/').every(isSegment) ? { value: path } : { problem: 'is no path of names' }
}

/** `host:port`, in lower case. */
export function parseHostPort(text: string): Parsed<string> {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2])
  if (!match || port < 1 || port > 65_535) return { problem: 'is no HOST:PORT' }
  return { value: `${match[1]!.toLowerCase()}:${port}` }
}

function isSegment(text: string): boolean {
  return /^[^\s/?#%\p{C}]+$/u.test(text) && text !== '.' && text !== '..'
}
