import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What `package.json` names as the program. */
const shipped = fileURLToPath(new URL('../../bin/certctl.cjs', import.meta.url))

/** Directories of a machine that no run has touched yet. Runs that share it share profiles, state and files. */
export interface TestHost {
  readonly home: string
  readonly configDir: string
  readonly stateDir: string
  /** Where commands run unless told otherwise. */
  readonly workDir: string
  remove(): Promise<void>
}

export interface RunOptions {
  /** Default: a new one, removed at the end. */
  readonly host?: TestHost
  /** Beside PATH, HOME and the two directories; nothing else is inherited. Undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: nothing, closed at once. */
  readonly stdin?: string | Uint8Array
  /** Leaves standard input open and silent, after what `stdin` gives. */
  readonly keepStdinOpen?: boolean
  readonly cwd?: string
  /** Killed after so many milliseconds; default 30 000. */
  readonly timeout?: number
  /** Another launcher, such as that of an unpacked tarball. */
  readonly program?: string
  /** For Node itself, before the launcher. */
  readonly nodeArgs?: readonly string[]
}

export interface Run {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as the one JSON document that it has to be. */
  json(): Record<string, unknown>
}

export interface RunningCertctl {
  readonly pid: number
  /** What it has written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** The first line that fits, also when it is there already. Rejects when the program ends or after `patience` ms. */
  waitForLine(pattern: RegExp, options?: { stream?: 'stdout' | 'stderr'; patience?: number }): Promise<string>
  kill(signal?: NodeJS.Signals): void
  readonly ended: Promise<Run>
}

/** Runs the shipped program to its end. */
export async function runCertctl(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const running = await spawnCertctl(args, options)
  return running.ended
}

/** Starts the shipped program and leaves it running. */
export async function spawnCertctl(args: readonly string[], options: RunOptions = {}): Promise<RunningCertctl> {
  const host = options.host ?? (await makeTestHost())
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), options.program ?? shipped, ...args], {
    cwd: options.cwd ?? host.workDir,
    env: environment(host, options.env),
    stdio: 'pipe',
    timeout: options.timeout ?? 30_000,
    killSignal: 'SIGKILL',
  })
  feed(child, options)
  const output = collect(child)
  const ended = whenEnded(child, output).finally(() => (options.host ? undefined : host.remove()))
  // Whoever only waits for a line has no use for the end.
  ended.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    output,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    waitForLine: (pattern, { stream = 'stderr', patience = 10_000 } = {}) =>
      waitForLine(child, () => output[stream], pattern, patience),
    ended,
  }
}

export async function makeTestHost(): Promise<TestHost> {
  const root = await mkdtemp(join(tmpdir(), 'certctl-host-'))
  const [home, configDir, stateDir, workDir] = ['home', 'config', 'state', 'work'].map((name) => join(root, name))
  await Promise.all([mkdir(home!), mkdir(workDir!)])
  const remove = () => rm(root, { recursive: true, force: true })
  return { home: home!, configDir: configDir!, stateDir: stateDir!, workDir: workDir!, remove }
}

function environment(host: TestHost, extra: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const all = {
    PATH: process.env.PATH,
    HOME: host.home,
    CERTCTL_CONFIG_DIR: host.configDir,
    CERTCTL_STATE_DIR: host.stateDir,
    ...extra,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function feed(child: ChildProcess, { stdin, keepStdinOpen = false }: RunOptions): void {
  // A program that ends without reading its input is no failure here.
  child.stdin?.on('error', () => undefined)
  if (stdin !== undefined) child.stdin?.write(stdin)
  if (!keepStdinOpen) child.stdin?.end()
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => (output[stream] += text))
  }
  return output
}

async function whenEnded(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
): Promise<Run> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, ...output, json: () => parseDocument(output.stdout) }
}

function parseDocument(stdout: string): Record<string, unknown> {
  try {
    return JSON.parse(stdout) as Record<string, unknown>
  } catch (error) {
    throw new Error(`standard output is not one JSON document: ${JSON.stringify(stdout)}`, { cause: error })
  }
}

async function waitForLine(
  child: ChildProcess,
  text: () => string,
  pattern: RegExp,
  patience: number,
): Promise<string> {
  const end = performance.now() + patience
  for (;;) {
    const found = text()
      .split('\n')
      .find((line) => pattern.test(line))
    if (found !== undefined) return found
    const isOver = child.exitCode !== null || child.signalCode !== null
    if (isOver || performance.now() > end) {
      throw new Error(`no line like ${String(pattern)} ${isOver ? 'before the end' : 'in time'}:\n${text()}`)
    }
    await wait(10)
  }
}
