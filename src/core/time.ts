/** RFC 3339 in UTC, to the second. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, -5)}Z`
}

export function formatTimeOrNull(time: Date | null): string | null {
  return time === null ? null : formatTime(time)
}
