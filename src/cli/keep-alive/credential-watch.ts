import type { LoginMethod } from '../../connectors/vault/login/login-method.ts'
import { isUnanswered } from '../../connectors/vault/renewal/renewal-failure.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import type { Rotated, RotationEvent } from '../../connectors/vault/renewal/token-rotation.ts'
import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { CertctlError, ConfigError, errorMessage, UnavailableError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { FileWatch } from '../../files/file-watch.ts'
import type { WatchedDisk } from '../../files/watched-disk.ts'
import { ChangeFollower, type Followed } from './change-follower.ts'
import { logRefusal } from './refused-credentials.ts'

/** What takes up the credentials of one issuer. */
export interface CredentialUser {
  readonly name: string
  takeRotated(signal?: AbortSignal): Promise<Rotated>
  reload(): Promise<void>
  renewNow(): void
}

export interface CredentialWatchSettings {
  readonly issuer: string
  readonly logger: Logger
  readonly clock: Clock
  readonly disk?: WatchedDisk
}

/** Certificate and key are two files; until both are there they do not fit. */
const patience = Duration.ofSeconds(2)

const settled: Followed = { kind: 'settled' }

/** Watches the files that the credentials of one issuer come from, while the loop runs. */
export class CredentialWatch {
  readonly #settings: CredentialWatchSettings
  #tokenFile: string | undefined
  #watchToken: (() => void) | undefined
  #isLoginFailing = false
  #isSecondLook = false
  readonly #closings = new Map<'token' | 'login' | 'follower', () => void>()

  constructor(settings: CredentialWatchSettings) {
    this.#settings = settings
  }

  /** Where the token comes from by now; undefined when that is no file. */
  followToken(path: string | undefined): void {
    if (path === this.#tokenFile) return
    this.#tokenFile = path
    this.#watchToken?.()
  }

  observe(event: RenewerEvent): void {
    if (event.kind === 'login-failed') this.#isLoginFailing = true
    else if (event.kind === 'started' || event.kind === 'token-replaced') this.#isLoginFailing = false
  }

  tell(event: RotationEvent): void {
    const { issuer, logger } = this.#settings
    if (event.kind === 'token-refused') logRefusal(logger, issuer, event.error)
    else {
      const facts = { issuer, cause: errorMessage(event.error), code: event.error.code }
      logger.log('info', 'the new token cannot be proven yet; it is tried again', facts)
    }
  }

  /** `onTaken` hears of each token that was taken over: a loop that had ended for want of one can go on. */
  begin(user: CredentialUser, method: LoginMethod | undefined, onTaken: () => void): void {
    if (method) this.#beginWithLogin(user, method)
    else this.#beginWithToken(user, onTaken)
  }

  close(): void {
    for (const close of this.#closings.values()) close()
    this.#closings.clear()
    this.#watchToken = undefined
  }

  #beginWithToken(user: CredentialUser, onTaken: () => void): void {
    const follower = this.#follower(async (signal) => {
      const rotated = await user.takeRotated(signal)
      if (rotated.kind === 'taken') onTaken()
      return followed(rotated)
    })
    this.#watchToken = () => {
      this.#closings.get('token')?.()
      this.#closings.delete('token')
      if (this.#tokenFile !== undefined) this.#watch('token', [this.#tokenFile], () => follower.changed())
    }
    this.#watchToken()
  }

  /** The next login reads them afresh; only one that waits for better ones, or whose connection is made of them, is hurried. */
  #beginWithLogin(user: CredentialUser, { kind, files }: LoginMethod): void {
    const known = new Set<string>()
    const follower = kind === 'cert' ? this.#follower(() => this.#logInAgain(user)) : undefined
    this.#watch('login', files, (path) => {
      const isFirst = !known.has(path)
      known.add(path)
      if (isFirst) return
      if (this.#isLoginFailing) user.renewNow()
      else follower?.changed()
    })
  }

  async #logInAgain(user: CredentialUser): Promise<Followed> {
    try {
      await user.reload()
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      if (isUnanswered(error)) return unanswered(error)
      const isHalf = error instanceof ConfigError && !this.#isSecondLook
      this.#isSecondLook = isHalf
      if (isHalf) return { kind: 'unfinished', lookAgainIn: patience }
      logRefusal(this.#settings.logger, this.#settings.issuer, error)
    }
    this.#isSecondLook = false
    return settled
  }

  #follower(follow: (signal: AbortSignal) => Promise<Followed>): ChangeFollower {
    const { clock, logger, issuer } = this.#settings
    const onBroken = (error: unknown) =>
      logger.log('error', 'changes of credential files are not followed any more', {
        issuer,
        cause: errorMessage(error),
      })
    const follower = new ChangeFollower({ clock, random: Math.random, follow, onBroken })
    this.#closings.set('follower', () => follower.close())
    return follower
  }

  #watch(what: 'token' | 'login', paths: readonly string[], onChange: (path: string) => void): void {
    const { clock, disk } = this.#settings
    const watch = new FileWatch({ paths, clock, onChange, ...(disk ? { disk } : {}) })
    this.#closings.set(what, () => watch.close())
  }
}

function followed(rotated: Rotated): Followed {
  if (rotated.kind === 'unusable') return { kind: 'unfinished', lookAgainIn: rotated.lookAgainIn }
  return rotated.kind === 'unproven' ? unanswered(rotated.error) : settled
}

function unanswered(error: CertctlError): Followed {
  return { kind: 'unanswered', retryAfter: error instanceof UnavailableError ? error.retryAfter : undefined }
}
