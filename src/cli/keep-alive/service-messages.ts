import { execFile, type ChildProcess, type ExecFileException } from 'node:child_process'
import { Duration } from '../../core/duration.ts'
import { errorMessage, systemErrorCode } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { ChangeOfCause } from './change-of-cause.ts'

/** Sends assignments such as `READY=1`; the callback hears of the end. */
export type SendMessage = (assignments: readonly string[], done: (error: Error | null) => void) => ChildProcess

/** With more waiting than this the service manager is not listening. */
const mostWaiting = 8

/** A part of the 200 ms that a stop may take; a service manager that listens answers in a few. */
const farewell = Duration.ofMilliseconds(100)

/** For the service manager to have taken a message up. */
const patience = Duration.ofSeconds(5)

/**
 * Messages to the service manager, in order and one at a time. Node has no datagram sockets of the kind that it listens
 * at, so `systemd-notify` sends them; nothing waits for that but the next message.
 */
export class ServiceMessages {
  readonly #send: SendMessage
  readonly #logger: Logger
  readonly #waiting: (readonly string[])[] = []
  readonly #cause = new ChangeOfCause()
  #child: ChildProcess | undefined
  #isOff = false
  #onIdle: () => void = () => undefined

  constructor(send: SendMessage, logger: Logger) {
    this.#send = send
    this.#logger = logger
  }

  /** The last status alone counts: one that still waits gives way to it. */
  send(assignments: readonly string[]): void {
    if (this.#isOff) return
    const last = this.#waiting.at(-1)
    if (last?.every(isPassing) === true && assignments.every(isPassing)) this.#waiting.pop()
    if (this.#waiting.length >= mostWaiting) return
    this.#waiting.push(assignments)
    this.#next()
  }

  /** Lets what is under way end for a moment, and leaves no child. */
  async close(): Promise<void> {
    const idle = new Promise<void>((resolve) => (this.#onIdle = resolve))
    if (this.#child) await Promise.race([idle, passed(farewell)])
    this.#isOff = true
    this.#child?.kill('SIGKILL')
  }

  #next(): void {
    if (this.#child) return
    const assignments = this.#waiting.shift()
    if (!assignments) return this.#onIdle()
    const child = this.#send(assignments, (error) => {
      process.off('exit', kill)
      this.#child = undefined
      this.#tell(error)
      this.#next()
    })
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    this.#child = child
  }

  #tell(error: Error | null): void {
    if (!error) return void this.#cause.clear()
    if (this.#isOff) return
    const isGone = isMissing(error)
    const cause = isGone ? 'there is no systemd-notify' : errorMessage(error).slice(0, 300)
    if (isGone) {
      this.#isOff = true
      this.#waiting.length = 0
    }
    if (!this.#cause.isNew(cause)) return
    const hint = isGone ? 'install it, or use Type=exec without a watchdog' : 'check that the unit has NotifyAccess=all'
    this.#logger.log('warn', 'the service manager cannot be told', { cause, hint })
  }
}

function isPassing(assignment: string): boolean {
  return assignment.startsWith('STATUS=') || assignment === 'WATCHDOG=1'
}

function passed(duration: Duration): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration.milliseconds).unref())
}

/** The child gets nothing of this process's variables but where to send to. */
export function systemdNotify(variables: Readonly<Record<string, string | undefined>>): SendMessage {
  const { PATH, NOTIFY_SOCKET } = variables
  const options = { env: { PATH, NOTIFY_SOCKET }, timeout: patience.milliseconds, killSignal: 'SIGKILL' } as const
  return (assignments, done) =>
    execFile('systemd-notify', ['--', ...assignments], options, (error, _, stderr) =>
      done(error && !isMissing(error) ? notDelivered(error, stderr) : error),
    )
}

/** Node's own text would hold the message, which is another each time. */
function notDelivered({ killed, code }: ExecFileException, stderr: string): Error {
  const said = stderr.trim().split('\n').at(-1) ?? ''
  if (killed === true) return new Error(`systemd-notify did not get through within ${patience.seconds} s`)
  return new Error(said === '' ? `systemd-notify ends with status ${String(code)}` : said)
}

function isMissing(error: Error): boolean {
  return systemErrorCode(error) === 'ENOENT'
}
