import type { Schedule } from '../../files/schedule-entry.ts'

/** What was told takes the place of what was kept; an empty text ends it. Undefined when nothing is left. */
export function mergeSchedule(kept: Schedule | undefined, told: Schedule): Schedule | undefined {
  const { renewBefore, window = [], ...others } = { ...kept, ...told }
  const windows = window.filter((text) => text !== '')
  const merged = {
    ...others,
    ...(renewBefore === undefined || renewBefore === '' ? {} : { renewBefore }),
    ...(windows.length === 0 ? {} : { window: windows }),
  }
  return Object.keys(merged).length === 0 ? undefined : merged
}
