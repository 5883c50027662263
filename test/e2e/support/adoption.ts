import { expect } from 'vitest'
import type { Run } from '../../support/run-certctl.ts'
import { OtherTools, type Foreign } from '../../support/other-tools.ts'
import type { Scene } from './scene.ts'
import { snapshot } from './snapshot.ts'

/** The embedded CA gives the successors. */
export const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }

export const name = 'web.example.test'

export interface Result {
  readonly path: string
  readonly dir: string
  readonly action: string
  readonly plainFiles: Record<string, string>
  readonly error: { readonly code: string; readonly message: string; readonly hint: string }
}

export interface ForeignHost {
  readonly tools: OtherTools
  /** For `name`, and one that has nothing to do with it. */
  readonly foreign: Foreign
  readonly other: Foreign
}

/** Certificates of another CA, and the tools that lay them out. */
export async function foreignHost(): Promise<ForeignHost> {
  const tools = await OtherTools.create()
  const foreign = await tools.certificate({ names: [name, `www.${name}`], keyType: 'rsa2048' })
  return { tools, foreign, other: await tools.certificate({ names: ['*.example.test'] }) }
}

export function resultsOf(run: Run): readonly Result[] {
  return (run.json() as { results: readonly Result[] }).results
}

/** Adopts by the embedded CA, and holds it to leaving every file as it is. */
export async function adopt(scene: Scene, paths: readonly string[], ...flags: readonly string[]): Promise<Run> {
  const before = await snapshot(scene.host.workDir, { times: true })
  const run = await scene.run(['adopt', ...paths, ...flags, '--json'], local)
  expect(await snapshot(scene.host.workDir, { times: true })).toEqual(before)
  return run
}
