import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Run, RunningCertctl } from '../../support/run-certctl.ts'
import type { FreshToken, Scene, SceneOptions } from './scene.ts'

export interface LogLine {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly issuer?: string
  readonly address?: string
  readonly cause?: string
  readonly [fact: string]: unknown
}

export const messages = {
  started: 'vault token-renewal loop started',
  renewed: 'vault token renewed',
  failed: 'vault token renewal failed; rotate the token before TTL expires',
  notRenewable: 'vault token is not renewable; rotate it before it expires',
  capped: 'vault token nears its max TTL; renewal cannot extend it',
  expired: 'vault token expired',
  stopped: 'vault token-renewal loop stopped',
} as const

/** `vault keep-alive` as a process, its log read line by line. */
export class KeepAlive {
  private constructor(
    readonly scene: Scene,
    private readonly running: RunningCertctl,
  ) {}

  static async start(
    scene: Scene,
    args: readonly string[] = [],
    options: SceneOptions & FreshToken = {},
  ): Promise<KeepAlive> {
    const given = { ...options, timeout: 50_000 }
    return new KeepAlive(scene, await scene.spawn(['vault', 'keep-alive', ...args], given))
  }

  /** After the look-up. */
  static async started(
    scene: Scene,
    args?: readonly string[],
    options?: SceneOptions & FreshToken,
  ): Promise<KeepAlive> {
    const keepAlive = await KeepAlive.start(scene, args, options)
    await keepAlive.waitFor(messages.started)
    return keepAlive
  }

  get pid(): number {
    return this.running.pid
  }

  get ended(): Promise<Run> {
    return this.running.ended
  }

  /** Throws when a line is no JSON. */
  get log(): readonly LogLine[] {
    const whole = this.running.output.stderr.split('\n').slice(0, -1)
    return whole.map((line) => JSON.parse(line) as LogLine)
  }

  get told(): readonly string[] {
    return this.log.map(({ message }) => message)
  }

  /** The first line with that message which fits, from the `after`th of them on. */
  async waitFor(message: string, { after = 0, patience = 15_000 } = {}): Promise<LogLine> {
    const find = () => this.log.filter((line) => line.message === message)[after]
    await until(() => find() !== undefined, { patience, what: () => `"${message}" in ${this.running.output.stderr}` })
    return find()!
  }

  signal(signal: NodeJS.Signals): void {
    this.running.kill(signal)
  }

  /** Tells it to stop; the end has to come soon, which the surface says is 200 ms, here with room for a busy machine. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Run> {
    const asked = performance.now()
    this.signal(signal)
    const run = await this.ended
    expect(performance.now() - asked).toBeLessThan(1500)
    return run
  }
}

/** Resolves once it is so. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  { patience = 15_000, what = () => 'what was waited for' }: { patience?: number; what?: () => string } = {},
): Promise<void> {
  const end = performance.now() + patience
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not in time: ${what()}`)
    await wait(20)
  }
}
