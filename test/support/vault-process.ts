import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { askVault } from './ask-vault.ts'

export interface VaultCommand {
  readonly program: string
  /** `HOME`; the program writes nowhere else by itself. */
  readonly home: string
  /** Asked for `sys/health` until it answers, whatever it answers. */
  readonly address: string
  /** What it prints when it is ready: dev mode answers before it has its root token. */
  readonly announcement?: RegExp
  /** After `vault server`. */
  readonly args: readonly string[]
}

/** A `vault server` that is running, held by the handle of its own process. */
export interface VaultProcess {
  /** What it has printed so far. */
  output(): string
  /** SIGKILL leaves it no time for a last word. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

const patience = 30_000

export async function startVaultProcess(command: VaultCommand): Promise<VaultProcess> {
  const child = spawn(command.program, ['server', ...command.args], {
    // Nothing of VAULT_* or BAO_* may reach it.
    env: { PATH: process.env.PATH, HOME: command.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  const printed = collect(child)
  // A test run that dies takes its server along.
  const killed = () => child.kill('SIGKILL')
  process.once('exit', killed)
  const stop: VaultProcess['stop'] = async (signal = 'SIGTERM') => {
    process.off('exit', killed)
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  try {
    await Promise.race([untilReady(child, command, printed), failed])
  } catch (error) {
    await stop()
    throw error
  }
  return { output: printed, stop }
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

async function untilReady(
  child: ChildProcess,
  { address, announcement = /^/ }: VaultCommand,
  printed: () => string,
): Promise<void> {
  const end = Date.now() + patience
  for (;;) {
    if (child.exitCode !== null) throw new Error(`vault ended with ${child.exitCode}:\n${printed()}`)
    if (Date.now() > end) throw new Error(`vault does not answer at ${address}:\n${printed()}`)
    if (announcement.test(printed()) && (await isAnswering(address))) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function isAnswering(address: string): Promise<boolean> {
  const question = { method: 'GET', path: '/v1/sys/health', tls: { rejectUnauthorized: false } }
  return askVault(address, question).then(
    () => true,
    () => false,
  )
}
