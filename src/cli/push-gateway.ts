import { hostname } from 'node:os'
import type { LookupFunction } from 'node:net'
import { Flags } from '@oclif/core'
import { parseAddress } from '../config/address.ts'
import { processEnvironment } from '../config/environment.ts'
import { proxyForOthers } from '../config/proxy.ts'
import { systemClock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { ConfigError, UsageError } from '../core/errors.ts'
import type { PushGateway } from '../metrics/push-gateway.ts'

export const pushGatewayFlag = Flags.custom<URL>({
  description: 'push the metrics to this Prometheus Pushgateway',
  helpValue: 'URL',
  parse: (text, _context, { name }) => Promise.resolve(parseGateway(text, `--${name}`)),
})

/** A credential in the URL would be seen by every local user, in the list of processes: as in every address, a ConfigError. */
function parseGateway(text: string, source: string): URL {
  const parsed = parseAddress(text)
  if ('value' in parsed && parsed.value.protocol !== 'unix:') return parsed.value
  const hint = 'write it like http://gateway.example.com:9091, without user, password and query'
  if ('value' in parsed || !parsed.holdsSecret)
    throw new UsageError(`${source} ${text} is no http or https URL`, { hint })
  const ErrorClass = parsed.isMisplaced ? ConfigError : UsageError
  throw new ErrorClass(`${source} is invalid: ${parsed.problem}`, { hint })
}

export interface Pusher {
  /** As it was typed: `renew`. */
  readonly command: string
  /** Undefined where no profile was named. */
  readonly profile: string | undefined
  readonly lookup?: LookupFunction
}

/**
 * The gateway, and this host's group there. Commands and profiles have groups of their own: within one, what is pushed
 * under a name takes the place of all that was pushed under it before.
 */
export async function openPushGateway(address: URL, { command, profile, lookup }: Pusher): Promise<PushGateway> {
  const { createHttpClient } = await import('../http/fetch-client.ts')
  const { PushGateway: Gateway } = await import('../metrics/push-gateway.ts')
  const http = createHttpClient(
    {
      address: new URL(address.origin),
      tls: { skipVerify: false },
      proxyFor: proxyForOthers(processEnvironment()),
      lookup,
      timeout: Duration.ofSeconds(10),
      maxRetries: 0,
      allowedRedirectHosts: [],
    },
    systemClock,
  )
  const group = { job: 'certctl', instance: hostname(), command }
  return new Gateway(http, address, profile === undefined ? group : { ...group, profile })
}
