import type { LookupFunction } from 'node:net'
import type { RenewerEvent } from '../../src/connectors/vault/renewal/renewer-event.ts'
import type { TokenApi } from '../../src/connectors/vault/token/token-api.ts'
import { TokenRenewer } from '../../src/connectors/vault/renewal/token-renewer.ts'
import type { VaultConnection } from '../../src/connectors/vault/vault-client.ts'
import { VaultConnector } from '../../src/connectors/vault/vault-connector.ts'
import type { PkiPlace } from '../../src/connectors/vault/pki/vault-pki.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Duration } from '../../src/core/duration.ts'
import { Secret } from '../../src/core/secret.ts'
import { createHttpClient } from '../../src/http/fetch-client.ts'
import { RecordingClient } from './recording-client.ts'

export interface SubjectOptions {
  readonly address: string
  readonly token: string
  /** Default: the mount `pki` and the role `all-ec`. */
  readonly place?: Partial<PkiPlace>
  readonly increment?: Duration
  readonly warnBefore?: Duration
  /** In the place of Node's own name look-up. */
  readonly lookup?: LookupFunction
  /** The token that a reload finds; the same one by default. */
  readonly tokenAtReload?: string
}

interface Wishes {
  readonly increment: Duration | undefined
  readonly warnBefore: Duration | undefined
}

export type Told = RenewerEvent & {
  /** Of `performance.now()`, in milliseconds. */
  readonly at: number
}

/** A VaultConnector as the program puts it together, and what can be seen of it. */
export class VaultSubject {
  readonly connector: VaultConnector
  readonly http: RecordingClient
  readonly told: Told[] = []

  constructor(options: SubjectOptions) {
    const { address, token, place, increment, warnBefore, lookup, tokenAtReload = token } = options
    const connection = {
      address: new URL(address),
      tls: { skipVerify: false },
      timeout: Duration.ofSeconds(30),
      maxRetries: 2,
      allowedRedirectHosts: [],
      lookup,
    }
    const http = (this.http = new RecordingClient(createHttpClient(connection, systemClock)))
    const connectionOf = (text: string): VaultConnection => ({
      http,
      server: address,
      namespace: undefined,
      token: new Secret(text),
    })
    this.connector = new VaultConnector({
      name: 'vault',
      place: { mount: 'pki', role: 'all-ec', issuerRef: undefined, ...place },
      connection: connectionOf(token),
      clock: systemClock,
      reconnect: () => Promise.resolve(connectionOf(tokenAtReload)),
      renewer: (api) => Promise.resolve(this.#renewer(api, { increment, warnBefore })),
    })
  }

  /** How many certificates the server has given out to it. */
  get issued(): number {
    const isGiven = (status = 0): boolean => status >= 200 && status <= 299
    return this.http.sentTo(/\/(?:sign|issue)\//).filter(({ status }) => isGiven(status)).length
  }

  #renewer(api: TokenApi, wishes: Wishes): TokenRenewer {
    const emit = (event: RenewerEvent): void => void this.told.push({ ...event, at: performance.now() })
    return new TokenRenewer({ api, clock: systemClock, ...wishes, timeout: Duration.ofSeconds(30), emit })
  }
}
