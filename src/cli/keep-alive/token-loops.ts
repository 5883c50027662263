import type { Settings } from '../../config/settings.ts'
import type { Lifecycle } from '../../connectors/lifecycle.ts'
import type { Registry } from '../../connectors/registry.ts'
import type { LoginEvent } from '../../connectors/vault/login/login-event.ts'
import { logLogins } from '../../connectors/vault/login/login-log.ts'
import { measureSinks } from '../../connectors/vault/login/sink-metrics.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import { BrokenLoopError } from '../../connectors/vault/renewal/renewal-failure.ts'
import { logRenewals } from '../../connectors/vault/renewal/renewal-log.ts'
import { measureRenewals } from '../../connectors/vault/renewal/renewal-metrics.ts'
import { RenewalSlots } from '../../connectors/vault/renewal/renewal-slots.ts'
import { ServerPaces } from '../../connectors/vault/renewal/server-pace.ts'
import type { VaultConnector } from '../../connectors/vault/vault-connector.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { Duration } from '../../core/duration.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { PrometheusMetrics } from '../../metrics/prometheus.ts'
import { openVault, shownAddress, type LoginOpening, type Surroundings } from '../compose.ts'
import { loadSettingsPerProfile, type Told } from '../host-settings.ts'
import type { LoginFlags } from '../login/login-flags.ts'
import { loginOpening } from '../login/login-opening.ts'
import { CredentialWatch } from './credential-watch.ts'
import type { OpenFailure } from './keep-alive-report.ts'
import { lookupByChild } from './lookup-by-child.ts'
import type { OpenedProgram } from './open-program.ts'
import type { Outlets } from './outlet.ts'
import type { Observers, TokenWatch } from './token-watch.ts'
import type { WarningHook } from './warning-hook.ts'

export interface LoopFlags extends LoginFlags {
  readonly 'keep-old': boolean
  readonly increment?: Duration | undefined
  readonly 'warn-before'?: Duration | undefined
}

/** What the loops of one process share. */
export interface LoopSetup {
  /** Where settings are read from again for a reload. */
  readonly told: Told
  readonly flags: LoopFlags
  readonly registry: Registry
  readonly logger: Logger
  readonly metrics: PrometheusMetrics
  readonly watch: TokenWatch
  readonly outlets: Outlets
  readonly warning: WarningHook | undefined
  readonly beside: OpenedProgram | undefined
  readonly stop: AbortSignal
  /** Another token was put in the place of the one that was used. */
  readonly onTaken: (connector: Lifecycle) => void
}

/** One loop, before there is a connector that runs it. */
interface Loop {
  /** Of the profile. */
  readonly name: string
  readonly address: string
  readonly settings: Settings
  readonly credentials: CredentialWatch
  /** The loop goes by it. */
  readonly clock: Clock
  readonly observers: readonly ((event: RenewerEvent) => void)[]
  readonly loginObservers: readonly ((event: LoginEvent) => void)[]
}

/** Opens a loop for each profile, told of by logs, metrics, outlets and whoever waits for its token. */
export class TokenLoops {
  readonly #setup: LoopSetup
  readonly #slots = new RenewalSlots()
  readonly #paces = new ServerPaces(systemClock)
  readonly #opened: CredentialWatch[] = []

  constructor(setup: LoopSetup) {
    this.#setup = setup
  }

  /**
   * Registers a connector for each of the settings; returns what kept others from having one. What keeps the only one is
   * thrown. A stop comes before what a token is read from, such as a pipe, has answered.
   */
  async open(
    all: readonly Settings[],
    surroundings: (settings: Settings) => Promise<Surroundings>,
  ): Promise<readonly OpenFailure[]> {
    const { watch, registry, logger, stop } = this.#setup
    const failures: OpenFailure[] = []
    for (const settings of all) {
      const name = nameOf(settings)
      const watching = watch.watch(name, settings.timeout.value)
      try {
        const opened = await unlessStopped(this.#open(settings, watching, surroundings), stop)
        if (!opened) break
        registry.add(opened)
      } catch (error) {
        if (all.length === 1) throw error
        logStartFailure(logger, name, error)
        watching.observe({ kind: 'failed', error: error instanceof CertctlError ? error : new BrokenLoopError(error) })
        failures.push({ name, error })
      }
    }
    return failures
  }

  /** Credentials are not watched any more; the connectors are the registry's to stop. */
  close(): void {
    this.#opened.forEach((credentials) => credentials.close())
  }

  async #open(
    settings: Settings,
    { observe, observeLogin, clock }: Observers,
    surroundings: (settings: Settings) => Promise<Surroundings>,
  ): Promise<VaultConnector> {
    const { logger, metrics, outlets, warning, beside } = this.#setup
    const name = nameOf(settings)
    const address = settings.address === undefined ? '' : shownAddress(settings.address.value)
    const credentials = new CredentialWatch({ issuer: name, logger, clock: systemClock })
    this.#opened.push(credentials)
    const opened: { connector?: VaultConnector } = {}
    const supply = beside?.supply(() => opened.connector?.token)
    const observers = [
      logRenewals(logger, { issuer: name, address }),
      measureRenewals(metrics, name, systemClock),
      observe,
      ...(warning ? [warning.observe(name, address)] : []),
      (event: RenewerEvent) => outlets.observe(name, event),
      (event: RenewerEvent) => credentials.observe(event),
      ...(supply ? [(event: RenewerEvent) => supply.observe(event)] : []),
    ]
    const loginObservers = [
      logLogins(logger, { issuer: name, address }),
      measureSinks(metrics, name),
      observeLogin,
      ...(supply ? [(event: LoginEvent) => supply.observeLogin(event)] : []),
    ]
    const loop = { name, address, settings, credentials, clock, observers, loginObservers }
    return (opened.connector = await this.#connect(loop, await surroundings(settings)))
  }

  async #connect(loop: Loop, surroundings: Surroundings): Promise<VaultConnector> {
    const { flags, onTaken } = this.#setup
    const { settings, credentials } = loop
    const login = await this.#login(loop, surroundings)
    const connector = await openVault(settings, surroundings, {
      lookup: lookupByChild(),
      renewing: {
        increment: flags.increment,
        warnBefore: flags['warn-before'],
        slots: this.#slots,
        pace: this.#paces.of(loop.address),
        observers: loop.observers,
        clock: loop.clock,
      },
      login,
      settingsAgain: () => this.#settingsAgain(settings),
      onToken: ({ origin, source, path }, when) => {
        credentials.followToken(path)
        if (origin === 'variable' && when === 'reload') this.#tellOfVariable(loop.name, source)
      },
      onRotation: (event) => credentials.tell(event),
    })
    credentials.begin(connector, login?.method, () => onTaken(connector))
    return connector
  }

  #login({ settings, loginObservers }: Loop, surroundings: Surroundings): Promise<LoginOpening | undefined> {
    const { flags, beside } = this.#setup
    const keepOld = flags['keep-old'] || beside?.holdsToken === true
    const emit = (event: LoginEvent): void => loginObservers.forEach((observe) => observe(event))
    return loginOpening({ ...flags, 'keep-old': keepOld }, settings, surroundings, emit)
  }

  async #settingsAgain(settings: Settings): Promise<Settings> {
    const again = await loadSettingsPerProfile(this.#setup.told)
    return again.find(({ profile }) => profile?.name === settings.profile?.name) ?? settings
  }

  #tellOfVariable(issuer: string, source: string): void {
    const message = 'vault token comes from a variable, which stays as it was when this process started'
    this.#setup.logger.log('warn', message, { issuer, source })
  }
}

export function logStartFailure(logger: Logger, issuer: string, error: unknown): void {
  const hint = error instanceof CertctlError ? error.hint : undefined
  logger.log('error', 'the token-renewal loop cannot start', { issuer, cause: errorMessage(error), hint })
}

function nameOf({ profile }: Settings): string {
  return profile?.name ?? 'vault'
}

/** Undefined when the stop comes first. */
async function unlessStopped<Result>(work: Promise<Result>, stop: AbortSignal): Promise<Result | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined)
    else stop.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return Promise.race([work, stopped])
}
