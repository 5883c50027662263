import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { connectionWarnings } from '../config/connection-warnings.ts'
import { processEnvironment } from '../config/environment.ts'
import { proxyFor } from '../config/proxy.ts'
import { issuerKind, requireAddress, type Settings } from '../config/settings.ts'
import { mayBeReadAgain } from '../config/token-file.ts'
import { readTlsFiles } from '../config/tls-files.ts'
import { locateToken, type TokenSource } from '../config/token-source.ts'
import type { PkiPlace } from '../connectors/vault/pki/vault-pki.ts'
import type { LoginEvent } from '../connectors/vault/login/login-event.ts'
import type { LoginMethod } from '../connectors/vault/login/login-method.ts'
import type { Logins } from '../connectors/vault/login/logins.ts'
import type { Sink } from '../connectors/vault/login/token-handout.ts'
import type { VaultClient, VaultConnection } from '../connectors/vault/vault-client.ts'
import type { VaultConnector } from '../connectors/vault/vault-connector.ts'
import type { RenewalSlots } from '../connectors/vault/renewal/renewal-slots.ts'
import type { ServerPace } from '../connectors/vault/renewal/server-pace.ts'
import type { RotationEvent, TokenHolder, TokenRotation } from '../connectors/vault/renewal/token-rotation.ts'
import type { RenewerEvent } from '../connectors/vault/renewal/renewer-event.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Duration } from '../core/duration.ts'
import type { Secret } from '../core/secret.ts'
import type { Logger } from '../core/log.ts'
import type { LocalConnector } from '../connectors/local/local-connector.ts'
import type { Issuer } from '../operations/issuer.ts'
import { ownStateDirectory } from './host-settings.ts'

/** What connecting needs of the command that runs. */
export interface Surroundings {
  readonly readStdin: (flag: string) => Promise<string>
  /** Told what is dangerous about the connection. */
  readonly warn: (text: string) => void
  readonly logger: Logger | undefined
}

export interface Renewing {
  readonly increment: Duration | undefined
  readonly warnBefore: Duration | undefined
  /** Shared by all that ask the same server. */
  readonly pace: ServerPace
  /** Shared by all tokens of this process. */
  readonly slots: RenewalSlots
  readonly observers: readonly ((event: RenewerEvent) => void)[]
  /** The loop goes by it. */
  readonly clock: Clock
}

/** The issuer that the settings name. */
export async function openIssuer(settings: Settings, surroundings: Surroundings): Promise<Issuer> {
  const recorded = recordedIssuer(settings)
  const isLocal = recorded.kind === 'local'
  const connector = isLocal ? await openLocal(settings.profile?.name) : await openVault(settings, surroundings)
  return { connector, recorded }
}

/** How the issuer that the settings name is recorded; nobody is asked, and no token is needed. */
export function recordedIssuer(settings: Settings): Issuer['recorded'] {
  const kind = issuerKind(settings).value
  const profile = settings.profile?.name ?? null
  const none = { kind, profile, address: null, mount: null, role: null, issuerRef: null, namespace: null }
  if (kind === 'local') return none
  const place = placeOf(settings)
  return {
    ...none,
    address: shownAddress(requireAddress(settings).value),
    mount: place.mount,
    role: place.role ?? null,
    issuerRef: place.issuerRef ?? null,
    namespace: settings.namespace?.value ?? null,
  }
}

/** The embedded CA; its code is loaded only where it is asked for. */
export async function openLocal(name?: string): Promise<LocalConnector> {
  const { LocalConnector: Connector } = await import('../connectors/local/local-connector.ts')
  const { withLock } = await import('../files/lock.ts')
  const state = ownStateDirectory()
  return new Connector({
    name,
    directory: localCaDirectory(),
    clock: systemClock,
    exclusively: (work) => withLock(join(state, 'locks'), localCaDirectory(), { clock: systemClock }, work),
  })
}

export function localCaDirectory(): string {
  return join(ownStateDirectory(), 'local-ca')
}

export interface VaultOpening {
  readonly place?: PkiPlace
  /** In the place of the settings' own. */
  readonly namespace?: string | undefined
  readonly renewing?: Renewing
  /** In the place of Node's own name look-up. */
  readonly lookup?: LookupFunction
  /** Reads the settings again, for a reload. */
  readonly settingsAgain?: () => Promise<Settings>
  /** Told where the token is read from, at the start and at each reload. */
  readonly onToken?: (source: TokenSource, when: 'start' | 'reload') => void
  /** Told of tokens that are put in the place of the one that is used; makes them be taken over. */
  readonly onRotation?: (event: RotationEvent) => void
  /** How another token is got when there is no good one. */
  readonly login?: LoginOpening | undefined
}

export interface LoginOpening {
  readonly method: LoginMethod
  readonly sinks: readonly Sink[]
  /** What to begin with; an empty one logs in at once. */
  readonly firstToken: Secret
  /** For how long what the sinks get can be unwrapped; without it they get the token itself. */
  readonly wrapTtl?: Duration | undefined
  readonly keepOld: boolean
  readonly emit: (event: LoginEvent) => void
}

export async function openVault(
  settings: Settings,
  surroundings: Surroundings,
  opening: VaultOpening = {},
): Promise<VaultConnector> {
  const {
    place = placeOf(settings),
    renewing,
    lookup,
    settingsAgain = () => Promise.resolve(settings),
    onToken,
    onRotation,
    login,
  } = opening
  const namespace = 'namespace' in opening ? opening.namespace : settings.namespace?.value
  connectionWarnings(settings).forEach(surroundings.warn)
  const ways = {
    namespace,
    lookup,
    asker: renewing ? 'loop' : 'command',
    ...(login ? { token: login.firstToken } : {}),
  } as const
  let source: TokenSource | undefined
  const noteSource = (when: 'start' | 'reload') => (found: TokenSource) => {
    source = found
    onToken?.(found, when)
  }
  const connection = await connect(settings, ways, surroundings, noteSource('start'))
  const reconnect = async () => connect(await settingsAgain(), ways, surroundings, noteSource('reload'))
  const { VaultConnector: Connector } = await import('../connectors/vault/vault-connector.ts')
  return new Connector({
    name: settings.profile?.name ?? 'vault',
    place,
    connection,
    clock: systemClock,
    reconnect,
    logins: login && ((client) => openLogins(client, login, reconnect)),
    rotation: onRotation && !login ? (holder) => openRotation(holder, () => source, onRotation) : undefined,
    renewer: async (api, successor, rotation) => {
      const { TokenRenewer } = await import('../connectors/vault/renewal/token-renewer.ts')
      const observers = renewing?.observers ?? []
      return new TokenRenewer({
        api,
        clock: renewing?.clock ?? systemClock,
        increment: renewing?.increment,
        warnBefore: renewing?.warnBefore,
        pace: renewing?.pace,
        slots: renewing?.slots,
        successor,
        rotation,
        timeout: settings.timeout.value,
        emit: (event) => observers.forEach((observe) => observe(event)),
      })
    },
  })
}

export function placeOf({ mount, role, issuerRef }: Settings): PkiPlace {
  return { mount: mount.value, role: role?.value, issuerRef: issuerRef?.value }
}

/** As messages and records show it. */
export function shownAddress(address: URL): string {
  return address.href.replace(/\/$/, '')
}

interface Ways {
  readonly namespace: string | undefined
  readonly lookup: LookupFunction | undefined
  /** A loop repeats by itself what failed, as it fits into what is left of the token, and lets long times pass between requests. */
  readonly asker: 'command' | 'loop'
  /** In the place of the one that the settings lead to. */
  readonly token?: Secret
}

async function openLogins(
  client: VaultClient,
  { method, sinks: plain, wrapTtl, keepOld, emit }: LoginOpening,
  reconnect: () => Promise<VaultConnection>,
): Promise<Logins> {
  const { Logins: Made } = await import('../connectors/vault/login/logins.ts')
  const sinks = wrapTtl ? await wrapping(plain, client, wrapTtl) : plain
  return new Made({ method, client, reconnect, sinks, keepOld, clock: systemClock, emit })
}

/** Only a file can hold another token than before; a helper or a variable is read at a reload. */
async function openRotation(
  holder: TokenHolder,
  source: () => TokenSource | undefined,
  emit: (event: RotationEvent) => void,
): Promise<TokenRotation> {
  const { TokenRotation: Made } = await import('../connectors/vault/renewal/token-rotation.ts')
  const read = async () => {
    const found = source()
    return found?.path !== undefined && (await mayBeReadAgain(found.path)) ? found.read() : undefined
  }
  return new Made({ holder, read, clock: systemClock, emit })
}

async function wrapping(sinks: readonly Sink[], client: VaultClient, ttl: Duration): Promise<readonly Sink[]> {
  const { WrappedSink } = await import('../connectors/vault/login/wrapped-sink.ts')
  return sinks.map((sink) => new WrappedSink(sink, client, ttl))
}

/** Reads token and TLS files and makes a client from them; called again, it takes what is there by then. */
async function connect(
  settings: Settings,
  { namespace, lookup, asker, token: given }: Ways,
  { readStdin, warn, logger }: Surroundings,
  onToken?: (source: TokenSource) => void,
): Promise<VaultConnection> {
  const address = requireAddress(settings).value
  const findToken = async () => {
    const source = await locateToken(settings, { readStdin: () => readStdin('--token-file -'), warn })
    onToken?.(source)
    return source.read()
  }
  const token = given ?? (await findToken())
  const { createHttpClient } = await import('../http/fetch-client.ts')
  const http = createHttpClient(
    {
      address,
      tls: await readTlsFiles(settings),
      proxyFor: proxyFor(processEnvironment()),
      lookup,
      timeout: settings.timeout.value,
      maxRetries: asker === 'loop' ? 0 : settings.maxRetries.value,
      asksSeldom: asker === 'loop',
      allowedRedirectHosts: settings.allowRedirectHost.value,
    },
    systemClock,
    logger,
  )
  return { http, server: shownAddress(address), namespace, token, close: () => http.close() }
}
