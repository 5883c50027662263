import { randomUUID } from 'node:crypto'
import { Refusal, type Reply, json } from './reply.ts'

export type SealState = 'unsealed' | 'sealed' | 'uninitialized'

const version = '1.21.0'
const cluster = { cluster_name: 'vault-cluster-fake', cluster_id: randomUUID() }

/** The endpoints that answer without a token, in any state. */
export class SysStatus {
  state: SealState = 'unsealed'

  constructor(
    private readonly unsealKey: string,
    private readonly now: () => Date,
  ) {}

  /** Undefined for a path that is not among them. */
  answer(
    method: string,
    path: string,
    body: Readonly<Record<string, unknown>>,
    query: URLSearchParams,
  ): Reply | undefined {
    const isRead = method === 'GET' || method === 'HEAD'
    const isWrite = method === 'PUT' || method === 'POST'
    if (path === 'sys/health') return isRead ? this.#health(query) : wrongMethod()
    if (path === 'sys/seal-status') return isRead ? this.#sealStatus() : wrongMethod()
    if (path === 'sys/leader') return isRead ? leader() : wrongMethod()
    if (path === 'sys/init') return isRead ? json(200, { initialized: this.#isInitialized }) : wrongMethod()
    if (path === 'sys/unseal') return isWrite ? this.#unseal(body) : wrongMethod()
    return undefined
  }

  get #isInitialized(): boolean {
    return this.state !== 'uninitialized'
  }

  get #isSealed(): boolean {
    return this.state !== 'unsealed'
  }

  #health(query: URLSearchParams): Reply {
    const status = { unsealed: 200, sealed: 503, uninitialized: 501 }[this.state]
    const code = { unsealed: 'activecode', sealed: 'sealedcode', uninitialized: 'uninitcode' }[this.state]
    const replication = this.#isSealed ? 'unknown' : 'disabled'
    return json(Number(query.get(code) ?? status), {
      initialized: this.#isInitialized,
      sealed: this.#isSealed,
      standby: this.#isSealed,
      performance_standby: false,
      replication_performance_mode: replication,
      replication_dr_mode: replication,
      server_time_utc: Math.floor(this.now().getTime() / 1000),
      version,
      enterprise: false,
      ...(this.#isSealed ? {} : cluster),
      echo_duration_ms: 0,
      clock_skew_ms: 0,
      replication_primary_canary_age_ms: 0,
    })
  }

  #sealStatus(): Reply {
    const shares = this.#isInitialized ? 1 : 0
    return json(200, {
      type: 'shamir',
      initialized: this.#isInitialized,
      sealed: this.#isSealed,
      t: shares,
      n: shares,
      progress: 0,
      nonce: '',
      version,
      build_date: '2025-11-18T00:00:00Z',
      migration: false,
      ...(this.#isSealed ? {} : cluster),
      recovery_seal: false,
      storage_type: 'inmem',
    })
  }

  #unseal(body: Readonly<Record<string, unknown>>): Reply {
    const key = body.key
    if (typeof key !== 'string' || key === '') {
      throw new Refusal(400, "'key' must be specified in request body as JSON, or 'reset' set to true")
    }
    if (key !== this.unsealKey) throw new Refusal(400, 'invalid key: key is shorter than minimum 16 bytes')
    this.state = 'unsealed'
    return this.#sealStatus()
  }
}

function leader(): Reply {
  return json(200, {
    ha_enabled: false,
    is_self: false,
    active_time: '0001-01-01T00:00:00Z',
    leader_address: '',
    leader_cluster_address: '',
    performance_standby: false,
    performance_standby_last_remote_wal: 0,
  })
}

function wrongMethod(): never {
  throw new Refusal(405)
}
