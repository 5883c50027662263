import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestContext } from 'vitest'
import { type Run, type RunningCertctl, type TestHost, makeTestHost, spawnCertctl } from './run-certctl.ts'

/** One event of the log, in its JSON form. */
export interface LogLine {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

export interface KeepAliveOptions {
  readonly address?: string
  /** Goes to a file that the program is told of; it may stand in no output. */
  readonly token?: string
  readonly args?: readonly string[]
  /** With profiles of its own; default is a new one. */
  readonly host?: TestHost
  readonly nodeArgs?: readonly string[]
}

/** `certctl vault keep-alive` as a process of its own, read by its log at the level `debug` and by its metrics. */
export class KeepAliveRun {
  private constructor(
    private readonly running: RunningCertctl,
    readonly metricsFile: string,
  ) {}

  /** When the test has ended it is killed, and its output is searched for the token. */
  static async start(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    { address, token, args = [], host: given, nodeArgs = [] }: KeepAliveOptions,
  ): Promise<KeepAliveRun> {
    const host = given ?? (await makeTestHost())
    const [tokenFile, metricsFile] = [join(host.home, 'token'), join(host.home, 'certctl.prom')]
    if (token !== undefined) await writeFile(tokenFile, token, { mode: 0o600 })
    const all = [
      ...['vault', 'keep-alive', '--log-format', 'json', '--log-level', 'debug', '--metrics-file', metricsFile],
      ...(address === undefined ? [] : ['--address', address]),
      ...(token === undefined ? [] : ['--token-file', tokenFile]),
      ...args,
    ]
    const running = await spawnCertctl(all, { host, nodeArgs, timeout: 80_000 })
    onTestFinished(async () => {
      running.kill('SIGKILL')
      const { stdout, stderr } = await running.ended
      if (!given) await host.remove()
      if (token !== undefined && `${stdout}${stderr}`.includes(token)) throw new Error('the token stands in the output')
    })
    return new KeepAliveRun(running, metricsFile)
  }

  get log(): readonly LogLine[] {
    const lines = this.running.output.stderr.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
    return lines.map((line) => JSON.parse(line) as LogLine)
  }

  /** The events of that message, at that level if one is given. */
  all(message: string, level?: string): readonly LogLine[] {
    return this.log.filter((line) => line.message === message && (level ?? line.level) === line.level)
  }

  /** `GET auth/token/lookup-self` and the like, in order. */
  get requests(): readonly string[] {
    return this.all('http request').map(({ method, path }) => `${String(method)} ${String(path).replace('/v1/', '')}`)
  }

  /** Waits for the `count`th event of that message. */
  async until(
    message: string,
    { count = 1, level, within = 20 }: { count?: number; level?: string; within?: number } = {},
  ): Promise<LogLine> {
    const end = performance.now() + within * 1000
    for (;;) {
      const found = this.all(message, level)[count - 1]
      if (found) return found
      if (performance.now() > end) throw new Error(`no "${message}" number ${count}:\n${this.running.output.stderr}`)
      await wait(20)
    }
  }

  /** What the listener says now, which the program was told to have: the value of each series. */
  async scrape(): Promise<Readonly<Record<string, number>>> {
    const { listen } = await this.until('metrics are served')
    return parseSeries(await (await fetch(`http://${String(listen)}/metrics`)).text())
  }

  /** Waits until it has said something about a token, or has ended. */
  async untilHeard(): Promise<void> {
    const process = { hasEnded: false }
    void this.running.ended.then(() => (process.hasEnded = true))
    const isMore = ({ message }: LogLine): boolean => !['http request', 'metrics are served'].includes(message)
    while (!process.hasEnded && !this.log.some(isMore)) await wait(20)
  }

  signal(signal: NodeJS.Signals): void {
    this.running.kill(signal)
  }

  /** Waits for its end, which a signal may bring about. */
  end(signal?: NodeJS.Signals): Promise<Run> {
    if (signal) this.signal(signal)
    return this.running.ended
  }
}

/** Samples of the Prometheus text format, by name and labels. */
export function parseSeries(text: string): Readonly<Record<string, number>> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    samples.map((line) => {
      const [, series = '', value] = /^(.*) (\S+)$/.exec(line) ?? []
      return [series, Number(value)]
    }),
  )
}
