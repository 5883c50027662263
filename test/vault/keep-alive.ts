import type { TestContext } from 'vitest'
import { KeepAliveRun, type KeepAliveOptions } from '../support/keep-alive-run.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'
import { Turns } from '../support/turns.ts'

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
