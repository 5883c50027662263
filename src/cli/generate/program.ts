import { realpath } from 'node:fs/promises'
import type { Program } from '../../generate/command-line.ts'

/** What is running now, by its real path, unless another program is named. */
export async function programToRun(named: string | undefined): Promise<Program> {
  if (named !== undefined) return [named]
  return [process.execPath, await realpath(process.argv[1]!)]
}

/** What `ProtectHome=` and `PrivateTmp=` keep from a service. */
const hidden = /^\/(?:home|root|run\/user|tmp|var\/tmp)\//

/** The first word of the program that a service could not see. */
export function hiddenFromServices(program: Program): string | undefined {
  return program.find((word) => hidden.test(word))
}
