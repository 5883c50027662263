const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Reads node:crypto's text of a certificate's date, `Nov  3 18:00:00 2026 GMT`; Node 20 has it in no other form. */
export function parseNodeTime(text: string): Date {
  const parts = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{4}) GMT$/.exec(text)
  const month = months.indexOf(parts?.[1] ?? '')
  if (!parts || month < 0) throw new Error(`"${text}" is no date of a certificate`)
  const [day, hour, minute, second, year] = parts.slice(2).map(Number) as [number, number, number, number, number]
  return new Date(Date.UTC(year, month, day, hour, minute, second))
}
