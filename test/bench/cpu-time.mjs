import { readFileSync, readdirSync } from 'node:fs'

/** What the threads of a process have used of the processors so far; undefined where there is no /proc that tells. */
export function cpuSeconds(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const statistics = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
    const nanoseconds = statistics.map((text) => Number(text.split(' ')[0]))
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9
  } catch {
    return undefined
  }
}
