import { UsageError } from '../../core/errors.ts'

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const minutesOfDay = 24 * 60

/** Hours of some days of the week, in the host's local time. */
export interface MaintenanceWindow {
  /** Days on which it begins, 0 for Sunday. */
  readonly days: ReadonlySet<number>
  /** In minutes from midnight; an end that is not after the start is on the next day. */
  readonly start: number
  readonly end: number
}

const hint = 'write it like "Sat,Sun 02:00-04:00", "Mon-Fri 22:00-05:00" or "03:00-05:00"'

/** Reads `[DAYS] HH:MM-HH:MM`; DAYS are names or ranges with commas, every day when left out. UsageError, naming `source`. */
export function parseWindow(text: string, source: string): MaintenanceWindow {
  const match = /^(?:([a-z,-]+)\s+)?(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/i.exec(text.trim())
  const days = match && (match[1] === undefined ? dayNames.map((_, day) => day) : daysIn(match[1]))
  const [start, end] = [minutes(match?.[2]), minutes(match?.[3])]
  if (!days || start === undefined || end === undefined || start === minutesOfDay)
    throw new UsageError(`${source} "${text}" is no time of the week`, { hint })
  if (start === end) throw new UsageError(`${source} "${text}" has no length`, { hint })
  return { days: new Set(days), start, end }
}

/** The first moment from the given one on that lies in a window; undefined without windows. */
export function firstMomentIn(windows: readonly MaintenanceWindow[], from: Date): Date | undefined {
  const moments = windows.flatMap((window) => momentIn(window, from))
  return moments.length === 0 ? undefined : new Date(Math.min(...moments))
}

// From the day before, whose window may last until now, to the same day of the next week.
function momentIn(window: MaintenanceWindow, from: Date): readonly number[] {
  for (let offset = -1; offset <= 7; offset += 1) {
    const midnight = new Date(from.getFullYear(), from.getMonth(), from.getDate() + offset)
    if (!window.days.has(midnight.getDay())) continue
    const start = atMinute(midnight, window.start)
    const end = atMinute(midnight, window.end + (window.end > window.start ? 0 : minutesOfDay))
    if (end > from) return [Math.max(start.getTime(), from.getTime())]
  }
  return []
}

/** By the clock on the wall: a day may have 23 hours or 25. */
function atMinute(midnight: Date, minute: number): Date {
  return new Date(midnight.getFullYear(), midnight.getMonth(), midnight.getDate(), 0, minute)
}

function minutes(text: string | undefined): number | undefined {
  const [hour, minute] = (text ?? '').split(':').map(Number)
  if (hour === undefined || minute === undefined || minute > 59) return undefined
  const all = hour * 60 + minute
  return all <= minutesOfDay ? all : undefined
}

/** Undefined for what names no days. */
function daysIn(text: string): readonly number[] | undefined {
  const days: number[] = []
  for (const part of text.split(',')) {
    const named = part.split('-').map(dayNumber)
    const [first, last] = [named[0], named.at(-1)]
    if (first === undefined || last === undefined || named.length > 2) return undefined
    for (let day = first; day !== last; day = (day + 1) % 7) days.push(day)
    days.push(last)
  }
  return days
}

function dayNumber(text: string): number | undefined {
  const number = dayNames.findIndex((name) => name.toLowerCase() === text.toLowerCase())
  return number < 0 ? undefined : number
}
