import { Command } from '@oclif/core/command'
import type { Config } from '@oclif/core/config'
import { chalkStderr } from 'chalk'
import { errorMessage } from '../core/errors.ts'
import { interrupt, InterruptedError, interruption, type InterruptingSignal } from '../core/interruption.ts'
import { printable } from '../core/printable.ts'
import type { Settings } from '../config/settings.ts'
import type { Surroundings } from './compose.ts'
import { jsonText } from './json-text.ts'
import { errorText, presentError } from './present-error.ts'
import { requestLogger } from './open-log.ts'
import { tolerateFailedOutput } from './output.ts'
import { withProgress, type ShowStatus } from './progress.ts'
import { Stdin } from './stdin.ts'
import type { Reached } from './views/interruption-view.ts'

/** What every command shares: one JSON document or text on stdout, all else on stderr, one exit status for each class of error. */
export abstract class CertctlCommand extends Command {
  static override enableJsonFlag = true

  /** Without oclif's second loading of the configuration. */
  static override async run<T extends Command>(
    this: new (argv: string[], config: Config) => T,
    argv?: string[],
    config?: unknown,
  ): Promise<ReturnType<T['run']>> {
    const command = new this(argv ?? [], config as Config)
    return (command as unknown as { _run(): Promise<ReturnType<T['run']>> })._run()
  }

  readonly #stdin = new Stdin()
  readonly #cautions = new Set<string>()

  /** Aborted with an InterruptedError by SIGINT, SIGTERM or SIGHUP. */
  protected get interruption(): AbortSignal {
    return interruption
  }

  protected override async init(): Promise<void> {
    await super.init()
    tolerateFailedOutput()
    this.listenForInterruption()
  }

  /**
   * The first signal lets the work end in order, the second ends the program by the signal's own default. Of a terminal that
   * is lost, both the shell and the kernel tell: one SIGHUP more is no impatience.
   */
  protected listenForInterruption(): void {
    const end = (signal: InterruptingSignal) => () => {
      const reason = new InterruptedError(signal)
      process.exitCode = reason.exitStatus
      interrupt(reason)
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end(signal))
    process.on('SIGHUP', end('SIGHUP'))
  }

  protected print(text: string): void {
    if (!this.jsonEnabled()) process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`)
  }

  /** On a terminal says what is being waited for. */
  protected waiting<T>(text: string, work: (show: ShowStatus) => Promise<T>): Promise<T> {
    return withProgress(text, !this.jsonEnabled(), work)
  }

  /** A warning: on stderr at once, and in the document; the same one only once. */
  protected caution(text: string): void {
    if (this.#cautions.has(text)) return
    this.#cautions.add(text)
    process.stderr.write(`${chalkStderr.yellow('warning:')} ${printable(text)}\n`)
  }

  protected get cautions(): readonly string[] {
    return [...this.#cautions]
  }

  /** One of a batch failed; the document has it too. */
  protected tellFailure(object: string, error: unknown): void {
    process.stderr.write(errorText(error, object))
  }

  /** Of an interrupted run that was to do something to so many certificates: what it leaves to the next one. */
  protected async tellInterruption(all: readonly Reached[], asked: number): Promise<void> {
    if (!this.interruption.aborted) return
    const { leftBehind } = await import('./views/interruption-view.ts')
    const left = leftBehind(all, asked)
    if (left !== undefined) this.caution(`${errorMessage(this.interruption.reason)}: ${left}`)
  }

  /** For one flag only: standard input can be read once. */
  protected readStdin(flag: string): Promise<string> {
    return this.#stdin.read(flag, this.interruption)
  }

  /** The same for what may be no text. */
  protected readStdinBytes(argument: string, limit?: number): Promise<Buffer> {
    return this.#stdin.bytes(argument, this.interruption, limit)
  }

  /** A "no" to the question that was asked, or some of a batch failed: no error, but a script must see it. */
  protected endWith(status: number): void {
    if (!this.interruption.aborted && status !== 0) process.exitCode = status
  }

  /** What connecting to an issuer needs of this command. */
  protected async surroundings(settings: Settings): Promise<Surroundings> {
    return {
      readStdin: (flag) => this.readStdin(flag),
      warn: (text) => this.caution(text),
      logger: await requestLogger(settings),
    }
  }

  protected override logJson(document: unknown): void {
    process.stdout.write(jsonText(document))
  }

  protected override catch(error: Error): Promise<void> {
    const status = presentError(error, { json: this.jsonEnabled() })
    process.exitCode = interruption.aborted ? process.exitCode : status
    return Promise.resolve()
  }
}
