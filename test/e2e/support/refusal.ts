import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Scene, SceneOptions } from './scene.ts'
import { snapshot } from './snapshot.ts'

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly exitCode: number
  readonly stderr: string
  readonly [fact: string]: unknown
}

/**
 * Runs what must fail, and holds it to what is the same for all: one JSON document with the exit code in it, a message
 * in the house's form, a hint, no secret, files as they were.
 */
export async function refusal(scene: Scene, args: readonly string[], options: SceneOptions = {}): Promise<Refusal> {
  const { host } = scene
  const before = await Promise.all([host.workDir, host.home, host.configDir].map((path) => snapshot(path)))
  const run = await scene.run([...args, '--json'], options)
  const after = await Promise.all([host.workDir, host.home, host.configDir].map((path) => snapshot(path)))
  expect(after).toEqual(before)
  await expectNoLeftovers(host.stateDir)
  const { schema, error, ...rest } = run.json() as { schema: number; error: Refusal }
  expect({ schema, rest }).toEqual({ schema: 1, rest: {} })
  expect(run).toMatchObject({ code: error.exitCode, signal: null })
  expectHouseForm(error)
  expect(run.stdout + run.stderr).not.toContain(scene.token)
  return { ...error, stderr: run.stderr }
}

function expectHouseForm({ code, message, hint }: Refusal): void {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  expect(message).not.toMatch(/undefined|\[object|failed to|[\p{Cc}]/iu)
  expect(hint).toMatch(/\S/)
  expect(hint).not.toMatch(/undefined|\.$/)
}

/** Neither a lock nor a temporary name is left in the state directory. */
async function expectNoLeftovers(stateDirectory: string): Promise<void> {
  const names = await readdir(stateDirectory, { recursive: true }).catch(() => [])
  expect(names.filter((name) => /\.lock$|\.tmp$|\.new/.test(name)).map((name) => join(stateDirectory, name))).toEqual(
    [],
  )
}
