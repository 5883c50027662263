import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { printable } from '../core/printable.ts'

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
  } catch {
    return 'may not be run: permission denied'
  }
  const interpreter = interpreterOf(path)
  if (interpreter === undefined || existsSync(interpreter)) return undefined
  return `is for an interpreter that does not exist: ${printable(interpreter)}`
}

/** What the first line of a script names (execve(2)), a carriage return included. Undefined also where it can't be read. */
function interpreterOf(path: string): string | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const start = Buffer.alloc(256)
    const text = start.toString('utf8', 0, readSync(file, start))
    return /^#![ \t]*([^ \t\n]+)/.exec(text)?.[1]
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
