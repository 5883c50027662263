import { createHash } from 'node:crypto'

/** A minute of the hour that follows from the name alone: hosts of a fleet spread over the hour, each stays at its own. */
export function minuteFor(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() % 60
}
