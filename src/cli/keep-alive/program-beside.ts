import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import type { Logger } from '../../core/log.ts'
import type { Secret } from '../../core/secret.ts'
import { exitStatus, type LaunchedProgram, type ProgramEnd } from './launch-program.ts'

/** What a running program gets of a token that takes the place of the one it was given. */
export type OnNewToken = 'restart' | 'none' | NodeJS.Signals

export interface ProgramBesideSettings {
  /** Of the command, as it was written; its arguments may hold secrets and are not told. */
  readonly name: string
  /** Starts it with the token. */
  readonly launch: (token: Secret) => LaunchedProgram
  readonly onNewToken: OnNewToken
  /** From SIGTERM to SIGKILL; without it, as long as the program takes. */
  readonly killAfter: Duration | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** Between two starts, however often tokens change. */
const startDistance = Duration.ofSeconds(5)

type State =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'running'; readonly program: LaunchedProgram; readonly startedAt: Duration }
  | { readonly kind: 'over'; readonly status: number }

/** A program that runs beside the loop, from the first good token to its own end. */
export class ProgramBeside {
  readonly #settings: ProgramBesideSettings
  readonly #stopping = new AbortController()
  #state: State = { kind: 'waiting' }
  #token: Secret | undefined
  /** It was told to end so that it can be started again. */
  #isRestarting = false
  #finish: (status: number) => void = () => undefined
  /** Its exit status, 128 and the signal's number when one ended it, 126 or 127 when it can't be run. */
  readonly ended = new Promise<number>((resolve) => (this.#finish = resolve))

  constructor(settings: ProgramBesideSettings) {
    this.#settings = settings
  }

  get isRunning(): boolean {
    return this.#state.kind === 'running'
  }

  /** The first one starts it. */
  useToken(token: Secret): void {
    const before = this.#token
    if (this.#isStopping || before?.equals(token)) return
    this.#token = token
    if (!before) this.#start(token)
    else this.#tellOfNewToken()
  }

  /** For what the program makes of it; while there is no program, the signal has nowhere to go. */
  passOn(signal: NodeJS.Signals): void {
    if (this.#state.kind === 'running') this.#state.program.kill(signal)
  }

  /** Ends it by the signal, at once when that is not the first. */
  stopBy(signal: 'SIGTERM' | 'SIGINT', count: number): void {
    this.#stopping.abort()
    if (this.#state.kind === 'waiting') this.#end(exitStatus({ signal }))
    else if (count > 1) this.passOn('SIGKILL')
    else this.#endBy(signal)
  }

  /** Ends it, if it runs, and waits for that. */
  async stop(): Promise<void> {
    if (this.#state.kind !== 'running') return
    const { logger, name } = this.#settings
    if (!this.#isStopping) {
      logger.log('warn', 'the program is ended: there is no good token any more', { program: name })
      this.#stopping.abort()
      this.#endBy('SIGTERM')
    }
    await this.ended
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  #start(token: Secret): void {
    const { launch, logger, name, clock } = this.#settings
    const program = launch(token)
    this.#isRestarting = false
    this.#state = { kind: 'running', program, startedAt: clock.monotonic() }
    // Without a process there is only the reason, which comes with its end.
    if (program.pid !== undefined) logger.log('info', 'program started', { program: name, pid: program.pid })
    void program.ended.then((end) => this.#programEnded(end))
  }

  #programEnded(end: ProgramEnd): void {
    const { logger, name } = this.#settings
    const status = exitStatus(end)
    if ('problem' in end) logger.log('error', 'program cannot be run', { program: name, cause: end.problem })
    else logger.log('info', 'program ended', { program: name, status, signal: end.signal ?? null })
    if (this.#isRestarting && !this.#isStopping && this.#token) this.#start(this.#token)
    else this.#end(status)
  }

  #end(status: number): void {
    this.#stopping.abort()
    this.#state = { kind: 'over', status }
    this.#finish(status)
  }

  #tellOfNewToken(): void {
    const { onNewToken, logger, name } = this.#settings
    if (onNewToken === 'none') return
    if (onNewToken === 'restart') return void this.#restart()
    logger.log('info', 'program is told of the new token', { program: name, signal: onNewToken })
    this.passOn(onNewToken)
  }

  /** Tokens that come meanwhile need no restart of their own: the start takes the newest. */
  async #restart(): Promise<void> {
    const { clock, logger, name } = this.#settings
    if (this.#isRestarting || this.#state.kind !== 'running') return
    const { program, startedAt } = this.#state
    const early = startedAt.plus(startDistance).minus(clock.monotonic())
    if (early.isPositive) await clock.sleep(early, this.#stopping.signal)
    if (!this.#runs(program) || this.#isRestartUnderWay) return
    this.#isRestarting = true
    logger.log('info', 'program is restarted with the new token', { program: name })
    this.#endBy('SIGTERM')
  }

  get #isRestartUnderWay(): boolean {
    return this.#isRestarting || this.#isStopping
  }

  #runs(program: LaunchedProgram): boolean {
    return this.#state.kind === 'running' && this.#state.program === program
  }

  #endBy(signal: NodeJS.Signals): void {
    if (this.#state.kind !== 'running') return
    const { program } = this.#state
    program.kill(signal)
    void this.#killLater(program)
  }

  async #killLater(program: LaunchedProgram): Promise<void> {
    const { killAfter, clock, logger, name } = this.#settings
    if (!killAfter) return
    const over = new AbortController()
    void program.ended.then(() => over.abort())
    await clock.sleep(killAfter, over.signal)
    if (over.signal.aborted) return
    logger.log('warn', 'program does not end by itself and is killed', { program: name })
    program.kill('SIGKILL')
  }
}
