import { split } from 'shlex'

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]]

/** Words as a shell would take them apart, by quotes and backslashes; nothing is expanded. Undefined for none, and for a quote that is left open. */
export function parseCommandLine(text: string): CommandLine | undefined {
  try {
    const [program, ...args] = split(text)
    return program === undefined || program === '' ? undefined : [program, ...args]
  } catch {
    return undefined
  }
}
