import { sep } from 'node:path'

/** `join` for a path that is real already: of ten thousand directories, a hundred thousand are put together. */
export function inside(directory: string, name: string): string {
  return `${directory}${sep}${name}`
}
