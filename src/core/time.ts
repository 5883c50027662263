/** RFC 3339 in UTC, to the second. */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export function formatTimeOrNull(time: Date | null): string | null {
  return time === null ? null : formatTime(time)
}
