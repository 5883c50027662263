import { processEnvironment } from '../../config/environment.ts'
import type { Settings } from '../../config/settings.ts'
import { logLogins } from '../../connectors/vault/login/login-log.ts'
import type { LoginEvent } from '../../connectors/vault/login/login-event.ts'
import { logRenewals } from '../../connectors/vault/renewal/renewal-log.ts'
import { RenewalSlots } from '../../connectors/vault/renewal/renewal-slots.ts'
import { measureRenewals } from '../../connectors/vault/renewal/renewal-metrics.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import { ServerPaces } from '../../connectors/vault/renewal/server-pace.ts'
import type { VaultConnector } from '../../connectors/vault/vault-connector.ts'
import type { Lifecycle } from '../../connectors/lifecycle.ts'
import { BrokenLoopError } from '../../connectors/vault/renewal/renewal-failure.ts'
import { Registry } from '../../connectors/registry.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { CommandLine } from '../../hooks/command-line.ts'
import { PrometheusMetrics } from '../../metrics/prometheus.ts'
import { keepTokensAlive, type KeepAliveReport } from '../../operations/keep-tokens-alive.ts'
import { openVault, shownAddress, type Surroundings } from '../compose.ts'
import { chosenOutlets, type OutletFlags } from './chosen-outlets.ts'
import { CredentialWatch } from './credential-watch.ts'
import { reactToSignals } from './keep-alive-signals.ts'
import type { KeepAliveResult, OpenFailure } from './keep-alive-report.ts'
import { loadSettingsPerProfile, type Told } from '../host-settings.ts'
import type { LoginFlags } from '../login/login-flags.ts'
import { checkLoginFlags, loginOpening } from '../login/login-opening.ts'
import { openLog } from '../open-log.ts'
import { lookupByChild } from './lookup-by-child.ts'
import { Outlets } from './outlet.ts'
import type { ProgramFlags } from './program-flags.ts'
import type { OpenedProgram } from './open-program.ts'
import { TokenWatch } from './token-watch.ts'
import { WarningHook } from './warning-hook.ts'

export interface KeepAliveFlags extends LoginFlags, OutletFlags, ProgramFlags {
  readonly 'keep-old': boolean
  readonly increment?: Duration | undefined
  readonly 'warn-before'?: Duration | undefined
  readonly 'on-warning'?: CommandLine | undefined
  readonly linger: boolean
}

/** Keeps the tokens of all settings alive until the last has ended, a signal stops it or the program beside it ends. */
export async function runKeepAlive(
  all: readonly Settings[],
  told: Told,
  flags: KeepAliveFlags,
  version: string,
  surroundings: (settings: Settings) => Promise<Surroundings>,
  command?: readonly string[],
): Promise<KeepAliveResult> {
  checkLoginFlags(flags, all.length)
  const logger = await openLog(all[0]!)
  const metrics = new PrometheusMetrics({ families: 'token', build: { version, nodeVersion: process.version } })
  const watch = new TokenWatch(systemClock)
  const slots = new RenewalSlots()
  const profiles = all.map(({ profile }) => profile?.name)
  const outlets = new Outlets(await chosenOutlets(flags, { metrics, watch, logger, version, profiles }))
  const stop = new AbortController()
  const hook = warningHook(flags['on-warning'], logger, stop.signal)
  const paces = new ServerPaces(systemClock)
  const registry = new Registry()
  const revival = new Revival()
  const credentials: CredentialWatch[] = []
  const beside = command && (await loadProgram(command, all[0]!, flags, logger))
  const program = beside?.program
  void program?.ended.then(() => stop.abort())
  const revive = (connector: Lifecycle): void => {
    if (stop.signal.aborted) return
    void connector.start()
    revival.announce()
  }
  const signals = reactToSignals({ stop, registry, logger, outlets, program, onReloaded: revive })
  try {
    await outlets.open()
    const openFailures: OpenFailure[] = []
    for (const settings of all) {
      const name = nameOf(settings)
      const { observe, observeLogin: watchLogin, clock } = watch.watch(name, settings.timeout.value)
      const watched = new CredentialWatch({ issuer: name, logger, clock: systemClock })
      credentials.push(watched)
      let opened: VaultConnector | undefined
      const supply = beside?.supply(() => opened?.token)
      const observers = (address: string) => [
        logRenewals(logger, { issuer: name, address }),
        measureRenewals(metrics, name, systemClock),
        observe,
        ...(hook ? [hook.observe(name, address)] : []),
        (event: RenewerEvent) => outlets.observe(name, event),
        (event: RenewerEvent) => watched.observe(event),
        ...(supply ? [(event: RenewerEvent) => supply.observe(event)] : []),
      ]
      const observeLogin = (event: LoginEvent): void => {
        watchLogin(event)
        supply?.observeLogin(event)
      }
      const mayRevoke = !flags['keep-old'] && beside?.holdsToken !== true
      try {
        const kept = {
          settings,
          told,
          flags,
          observers,
          paces,
          slots,
          clock,
          logger,
          watched,
          observeLogin,
          revive,
          mayRevoke,
        }
        const opening = openKeeper(kept, await surroundings(settings))
        opened = await unlessStopped(opening, stop.signal)
        if (!opened) break
        registry.add(opened)
      } catch (error) {
        if (all.length === 1) throw error
        logStartFailure(logger, name, error)
        observe({ kind: 'failed', error: error instanceof CertctlError ? error : new BrokenLoopError(error) })
        openFailures.push({ name, error })
      }
    }
    for (;;) {
      const report = await keepTokensAlive(registry, stop.signal, ({ connector, error }) =>
        logStartFailure(logger, connector.name, error),
      )
      const lastsUntil = program ? endOfUse(report, watch) : flags.linger ? watch.lastEnd : null
      const purpose = program ? 'the program goes on' : 'metrics stay'
      if (await lingerUntil(lastsUntil, purpose, stop.signal, revival, logger)) continue
      const isStopped = stop.signal.aborted
      await program?.stop()
      return { ...report, isStopped, openFailures, ...(isStopped ? { program: await program?.ended } : {}) }
    }
  } finally {
    credentials.forEach((watched) => watched.close())
    await program?.stop()
    await hook?.finished()
    signals.dispose()
    await outlets.close(stop.signal.aborted)
  }
}

/** Undefined when the stop comes first: what a token is read from, such as a pipe, may take its time. */
async function unlessStopped<Result>(work: Promise<Result>, stop: AbortSignal): Promise<Result | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined)
    else stop.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return Promise.race([work, stopped])
}

function warningHook(command: CommandLine | undefined, logger: Logger, stop: AbortSignal): WarningHook | undefined {
  return command && new WarningHook({ command, environment: processEnvironment(), logger, clock: systemClock, stop })
}

/** Loaded where there is a program: nobody else starts one. */
async function loadProgram(
  command: readonly string[],
  settings: Settings,
  flags: KeepAliveFlags,
  logger: Logger,
): Promise<OpenedProgram> {
  const { openProgram } = await import('./open-program.ts')
  return openProgram(command, settings, flags, logger)
}

interface Kept {
  readonly settings: Settings
  readonly told: Told
  readonly flags: KeepAliveFlags
  readonly observers: (address: string) => readonly ((event: RenewerEvent) => void)[]
  readonly paces: ServerPaces
  readonly slots: RenewalSlots
  /** The loop goes by it. */
  readonly clock: Clock
  readonly logger: Logger
  readonly watched: CredentialWatch
  readonly observeLogin: (event: LoginEvent) => void
  readonly revive: (connector: Lifecycle) => void
  readonly mayRevoke: boolean
}

async function openKeeper(
  { settings, told, flags, observers, paces, slots, clock, logger, watched, observeLogin, revive, mayRevoke }: Kept,
  surroundings: Surroundings,
): Promise<VaultConnector> {
  const name = nameOf(settings)
  const address = settings.address === undefined ? '' : shownAddress(settings.address.value)
  const log = logLogins(logger, { issuer: name, address })
  const emit = (event: LoginEvent): void => {
    log(event)
    observeLogin(event)
  }
  const login = await loginOpening({ ...flags, 'keep-old': !mayRevoke }, settings, surroundings, emit)
  const connector = await openVault(settings, surroundings, {
    lookup: lookupByChild(),
    renewing: {
      increment: flags.increment,
      warnBefore: flags['warn-before'],
      slots,
      pace: paces.of(address),
      observers: observers(address),
      clock,
    },
    login,
    settingsAgain: async () => {
      const again = await loadSettingsPerProfile(told)
      return again.find((candidate) => candidate.profile?.name === settings.profile?.name) ?? settings
    },
    onToken: ({ origin, source, path }, when) => {
      watched.followToken(path)
      if (origin !== 'variable' || when === 'start') return
      logger.log('warn', 'vault token comes from a variable, which stays as it was when this process started', {
        issuer: name,
        source,
      })
    },
    onRotation: (event) => watched.tell(event),
  })
  watched.begin(connector, login?.method, () => revive(connector))
  return connector
}

/** A program goes on while its token is good, though the loop has nothing more to do for it. */
function endOfUse({ ends }: KeepAliveReport, watch: TokenWatch): Date | null {
  const isEndless = ends.length > 0 && ends.every(({ end }) => end.reason === 'nothing-to-renew')
  return isEndless ? never : watch.lastEnd
}

/** The last moment that a Date can tell of (ECMA-262). */
const never = new Date(8.64e15)

/** What is of use while a token lives stays until its end. True when another token came meanwhile. */
async function lingerUntil(
  end: Date | null,
  what: string,
  stop: AbortSignal,
  revival: Revival,
  logger: Logger,
): Promise<boolean> {
  if (end === null || stop.aborted) return false
  if (end !== never) logger.log('info', `${what} until the token expires`, { expiresAt: end.toISOString() })
  const over = AbortSignal.any([stop, revival.next()])
  const longestSleep = Duration.ofHours(1)
  const isOver = (): boolean => over.aborted || systemClock.now() >= end
  while (!isOver()) {
    await systemClock.sleep(Duration.min(Duration.between(systemClock.now(), end), longestSleep), over)
  }
  if (over.aborted) return !stop.aborted
  logger.log('error', 'vault token expired', { reason: 'ttl', expiresAt: end.toISOString() })
  return false
}

/** Tells those who linger that there is a good token again. */
class Revival {
  #awaited = new AbortController()

  next(): AbortSignal {
    this.#awaited = new AbortController()
    return this.#awaited.signal
  }

  announce(): void {
    this.#awaited.abort()
  }
}

function nameOf({ profile }: Settings): string {
  return profile?.name ?? 'vault'
}

function logStartFailure(logger: Logger, issuer: string, error: unknown): void {
  const hint = error instanceof CertctlError ? error.hint : undefined
  logger.log('error', 'the token-renewal loop cannot start', { issuer, cause: errorMessage(error), hint })
}
