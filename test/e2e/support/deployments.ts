import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Scene } from './scene.ts'

interface HookDocument {
  readonly command: string
  readonly exitCode: number | null
  readonly signal?: string
  readonly durationSeconds: number
  readonly output: string
  readonly failure?: string
}

export interface DeploymentDocument {
  readonly state: string
  readonly hooks: readonly HookDocument[]
  readonly probes?: unknown
  readonly inPlace?: { readonly serial: string; readonly deploy: string }
  readonly revoked?: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

interface Result {
  readonly action: string
  readonly reason: string
  readonly deployment?: DeploymentDocument
  readonly error?: { readonly code: string; readonly exitCode: number }
}

export async function issue(scene: Scene, directory: string, ...flags: readonly string[]) {
  const name = `${directory}.corp`
  const run = await scene.run(['issue', name, '--issuer', 'local', '--out', directory, ...flags, '--json'])
  return { ...run, deployment: run.json()['deployment'] as DeploymentDocument }
}

export async function renew(scene: Scene, ...args: readonly string[]) {
  const run = await scene.run(['renew', ...args, '--json'])
  const document = run.json() as { results: readonly Result[]; summary: Record<string, number>; warnings: string[] }
  return { ...run, ...document, first: document.results[0]! }
}

export async function serial(scene: Scene, directory: string): Promise<string> {
  return new X509Certificate(await readFile(scene.path(directory, 'cert.pem'))).serialNumber
}

interface Status {
  readonly deploy: string
  readonly serial: string
  readonly notAfter: string
  readonly lastError?: { readonly code: string; readonly message: string }
}

/** The exit status, and what is said of the first. */
export async function statusOf(scene: Scene): Promise<readonly [number | null, Status | undefined]> {
  const run = await scene.run(['status', '--json'])
  return [run.code, (run.json()['certificates'] as readonly Status[])[0]]
}

/** A serial as certctl writes it. */
export function colons(hex: string): string {
  return hex.toLowerCase().match(/../g)!.join(':')
}
