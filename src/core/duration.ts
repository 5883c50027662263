import parse from 'parse-duration'
import prettyMilliseconds from 'pretty-ms'

/** A length of time. Values are exact to the millisecond; never negative unless subtraction made it so. */
export class Duration {
  static readonly zero = Duration.ofMilliseconds(0)

  private constructor(readonly milliseconds: number) {}

  static ofMilliseconds(milliseconds: number): Duration {
    return new Duration(milliseconds)
  }

  static ofSeconds(seconds: number): Duration {
    return new Duration(seconds * 1000)
  }

  static ofHours(hours: number): Duration {
    return Duration.ofSeconds(hours * 3600)
  }

  static ofDays(days: number): Duration {
    return Duration.ofHours(days * 24)
  }

  static between(from: Date, to: Date): Duration {
    return new Duration(to.getTime() - from.getTime())
  }

  static min(...all: readonly [Duration, ...Duration[]]): Duration {
    return new Duration(Math.min(...all.map((one) => one.milliseconds)))
  }

  static max(...all: readonly [Duration, ...Duration[]]): Duration {
    return new Duration(Math.max(...all.map((one) => one.milliseconds)))
  }

  get seconds(): number {
    return this.milliseconds / 1000
  }

  plus(other: Duration): Duration {
    return new Duration(this.milliseconds + other.milliseconds)
  }

  minus(other: Duration): Duration {
    return new Duration(this.milliseconds - other.milliseconds)
  }

  times(factor: number): Duration {
    return new Duration(this.milliseconds * factor)
  }

  isLessThan(other: Duration): boolean {
    return this.milliseconds < other.milliseconds
  }

  get isPositive(): boolean {
    return this.milliseconds > 0
  }

  after(date: Date): Date {
    return new Date(date.getTime() + this.milliseconds)
  }

  before(date: Date): Date {
    return new Date(date.getTime() - this.milliseconds)
  }
}

const written = /^(?:\d+|(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+)$/
const longest = Duration.ofDays(100 * 365)

/** Reads `90s`, `12h`, `30d`, `1h30m` or bare seconds; undefined for anything else, and for more than a hundred years. */
export function parseDuration(text: string): Duration | undefined {
  if (!written.test(text)) return undefined
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : parse(text)
  if (milliseconds === null || !Number.isFinite(milliseconds) || milliseconds > longest.milliseconds) return undefined
  return Duration.ofMilliseconds(Math.round(milliseconds))
}

/** The two largest units, as `29d 23h`, `12m 5s` or `400ms`. */
export function formatDuration(duration: Duration): string {
  return prettyMilliseconds(duration.milliseconds, { unitCount: 2, secondsDecimalDigits: 0 })
}
