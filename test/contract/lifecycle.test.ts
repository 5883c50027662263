import { Duration } from '../../src/core/duration.ts'
import { systemClock } from '../../src/core/clock.ts'
import { ConnectionError } from '../../src/http/http-client.ts'
import type { TokenApi, TokenCall, TokenFacts } from '../../src/connectors/vault/token/token-api.ts'
import { TokenRenewer } from '../../src/connectors/vault/renewal/token-renewer.ts'
import { lifecycleContract, type LifecycleSubject } from './lifecycle-contract.ts'

const facts: TokenFacts = {
  accessor: 'accessor',
  displayName: 'token',
  type: 'service',
  policies: ['default'],
  ttl: Duration.ofHours(1),
  expiresAt: Duration.ofHours(1).after(new Date()),
  renewable: true,
  creationTtl: Duration.ofHours(1),
  period: null,
  explicitMaxTtl: null,
  usesLeft: null,
  orphan: true,
  issuedAt: new Date(),
  lastRenewalAt: null,
  entityId: null,
  role: null,
  path: null,
  warnings: [],
}

const grant = { lease: Duration.ofHours(1), renewable: true, warnings: [] }
const short = { ...facts, ttl: Duration.ofSeconds(5) }

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function refused(): Promise<never> {
  return Promise.reject(new ConnectionError('refused', false, { code: 'connection-refused' }))
}

/** Ends when it is told to, as the HTTP client does. */
function slowly({ signal }: TokenCall = {}): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
  })
}

function renewerOf(lookupSelf: TokenApi['lookupSelf'], renewSelf: TokenApi['renewSelf']): LifecycleSubject {
  let begun = 0
  const api: TokenApi = {
    lookupSelf: (call) => {
      begun += 1
      return lookupSelf(call)
    },
    renewSelf,
    mountMaxTtl: () => Promise.resolve(null),
  }
  const settings = { api, clock: systemClock, timeout: Duration.ofSeconds(30), emit: () => undefined }
  return { lifecycle: new TokenRenewer(settings), begun: () => begun }
}

lifecycleContract('the token renewer between renewals', () =>
  renewerOf(
    () => Promise.resolve(facts),
    () => Promise.resolve(grant),
  ),
)
lifecycleContract('the token renewer in the middle of a look-up', () => renewerOf(slowly, never))
lifecycleContract('the token renewer in the middle of a name look-up that no signal ends', () =>
  renewerOf(never, never),
)
lifecycleContract('the token renewer in the middle of a renewal', () =>
  renewerOf(
    () => Promise.resolve(short),
    (_, call) => slowly(call),
  ),
)
lifecycleContract('the token renewer between two attempts', () => renewerOf(() => Promise.resolve(short), refused))
lifecycleContract('the token renewer waiting for its server', () => renewerOf(refused, refused))
