import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Why a program can't be run, in words that follow its name; undefined when it can, as far as that can be known. */
export function programFault(program: string, path: string | undefined): string | undefined {
  if (program.includes('/')) return faultOf(program)
  const places = (path ?? '').split(delimiter).filter((place) => place !== '')
  const faults = places.map((place) => faultOf(join(place, program)))
  if (faults.includes(undefined)) return undefined
  return faults.find((fault) => fault !== missing) ?? 'is not in PATH'
}

const missing = 'does not exist'

function faultOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) return missing
    if (!stats.isFile()) return 'is no program'
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return 'may not be run: permission denied'
  }
}
