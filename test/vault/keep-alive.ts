import type { TestContext } from 'vitest'
import { KeepAliveRun, type KeepAliveOptions } from '../support/keep-alive-run.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { Relay, type RelayOptions } from '../support/relay.ts'
import type { TestHost } from '../support/run-certctl.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'
import { Turns } from '../e2e/support/turns.ts'

type Finishing = Pick<TestContext, 'onTestFinished'>

export const messages = {
  started: 'vault token-renewal loop started',
  renewed: 'vault token renewed',
  failed: 'vault token renewal failed; rotate the token before TTL expires',
  notRenewable: 'vault token is not renewable; rotate it before it expires',
  capped: 'vault token nears its max TTL; renewal cannot extend it',
  expired: 'vault token expired',
  stopped: 'vault token-renewal loop stopped',
  waiting: 'vault cannot be asked about the token yet',
} as const

export const lookup = 'GET auth/token/lookup-self'
export const renew = 'POST auth/token/renew-self'

export function counted(result: 'success' | 'failure' | 'not_renewable'): string {
  return `certctl_vault_token_renewals_total{result="${result}"}`
}

/** A process that starts takes a processor for itself, and the clock of a short token runs meanwhile. */
const starts = new Turns(2)

export interface Kept {
  readonly run: KeepAliveRun
  readonly token: string
}

/** Keeps a new token alive, or one that is there, and waits for the first word about it. */
export function keepAlive(
  test: Finishing,
  server: VaultServer,
  token: TokenOptions | string,
  options: KeepAliveOptions = {},
): Promise<Kept> {
  return starts.take(async () => {
    const text = typeof token === 'string' ? token : (await server.createToken(token)).token
    const run = await KeepAliveRun.start(test, { address: server.address, token: text, ...options })
    await run.untilHeard()
    return { run, token: text }
  })
}

/** The same for what the profiles of a host say. */
export function keepProfilesAlive(test: Finishing, host: TestHost, args: readonly string[]): Promise<KeepAliveRun> {
  return starts.take(async () => {
    const run = await KeepAliveRun.start(test, { host, args })
    await run.untilHeard()
    return run
  })
}

/** A proxy before the server, whose replies can be spoiled. */
export async function relayTo(
  { onTestFinished }: Finishing,
  server: VaultServer,
  options?: RelayOptions,
): Promise<Relay> {
  const relay = await Relay.start(server.address, options)
  onTestFinished(() => relay.stop())
  return relay
}

/** For what an operator does to all tokens at once. */
export async function ownServer({ onTestFinished }: Finishing): Promise<RealVault> {
  const own = await startRealVault({ fixture: false })
  onTestFinished(() => own.stop())
  return own
}

/** From the event to a time that it tells of. */
export function secondsFrom(line: { readonly time: string }, until: unknown): number {
  return (Date.parse(String(until)) - Date.parse(line.time)) / 1000
}
