import { isIP } from 'node:net'
import { Duration, formatDuration } from '../../core/duration.ts'
import { UsageError, errorMessage } from '../../core/errors.ts'
import type { Deployment } from '../../files/deployment-entry.ts'
import { Certificate } from '../../pki/certificate.ts'
import { formatEndpoint, parseEndpoint, type Endpoint } from '../../probe/endpoint.ts'
import { startTlsProtocols, type StartTlsProtocol } from '../../probe/starttls-protocol.ts'
import type { Host } from '../host.ts'

/** Where a deployed certificate is to be seen. */
export interface Probe {
  readonly endpoint: Endpoint
  readonly startTls: StartTlsProtocol | undefined
  /** The name to ask for; by default the host or, for an address, the certificate's own name. */
  readonly name: string | undefined
}

export interface ProbeResult {
  readonly endpoint: string
  readonly served: boolean
  /** What was found in its place, in words that follow the endpoint; undefined when it is served. */
  readonly failure: string | undefined
}

const defaultTimeout = Duration.ofSeconds(30)
const longestTry = Duration.ofSeconds(5)
const pause = Duration.ofMilliseconds(500)

/** Reads `HOST:PORT[,starttls=PROTOCOL][,name=NAME]`. UsageError, naming `source`. */
export function parseProbe(text: string, source: string): Probe {
  const [place = '', ...options] = text.split(',')
  const endpoint = parseEndpoint(place, source)
  if (!endpoint)
    throw new UsageError(`${source} ${text} is no endpoint`, {
      hint: 'write it like www.example.com:443 or mail.example.com:25,starttls=smtp',
    })
  let startTls: StartTlsProtocol | undefined
  let name: string | undefined
  for (const option of options) {
    const [key, value = ''] = option.split('=')
    if (key === 'name' && value !== '') name = value
    else if (key === 'starttls') startTls = startTlsNamed(value, source)
    else
      throw new UsageError(`${source} ${text}: "${option}" is not known`, {
        hint: 'known are starttls=PROTOCOL and name=NAME',
      })
  }
  return { endpoint, startTls, name }
}

function startTlsNamed(value: string, source: string): StartTlsProtocol {
  const protocol = startTlsProtocols.find((known) => known === value)
  if (protocol) return protocol
  throw new UsageError(`${source}: "${value}" is no protocol that starts TLS`, {
    hint: `known are ${startTlsProtocols.join(', ')}`,
  })
}

/** Asks each endpoint until it serves the certificate, or the time is over. */
export async function askProbes(
  deployment: Deployment | undefined,
  wanted: { readonly certificate: Certificate; readonly name: string },
  { clock }: Host,
  signal: AbortSignal,
): Promise<readonly ProbeResult[]> {
  const { probe = [], probeTimeoutSeconds } = deployment ?? {}
  const timeout = probeTimeoutSeconds === undefined ? defaultTimeout : Duration.ofSeconds(probeTimeoutSeconds)
  const end = clock.monotonic().plus(timeout)
  return Promise.all(
    probe.map((text) => askUntil(parseProbe(text, 'the probe'), wanted, { clock, end, timeout, signal })),
  )
}

interface Patience {
  readonly clock: Host['clock']
  /** By the monotonic clock. */
  readonly end: Duration
  readonly timeout: Duration
  readonly signal: AbortSignal
}

async function askUntil(
  probe: Probe,
  wanted: { readonly certificate: Certificate; readonly name: string },
  { clock, end, timeout, signal }: Patience,
): Promise<ProbeResult> {
  const endpoint = formatEndpoint(probe.endpoint)
  for (;;) {
    const left = end.minus(clock.monotonic())
    const found = await ask(probe, wanted, left, signal)
    if (found === undefined) return { endpoint, served: true, failure: undefined }
    if (signal.aborted || !clock.monotonic().plus(pause).isLessThan(end)) {
      return { endpoint, served: false, failure: `${found}, ${formatDuration(timeout)} after it was deployed` }
    }
    await clock.sleep(pause, signal)
  }
}

/** The certificate that an endpoint serves now; undefined for one that can't be read. The errors of `probeEndpoint`. */
export async function servedAt(
  { endpoint, startTls, name }: Probe,
  certificateName: string,
  options: { readonly timeout: Duration; readonly signal: AbortSignal },
): Promise<Certificate | undefined> {
  const { probeEndpoint } = await import('../../probe/probe-endpoint.ts')
  const serverName = name ?? (isIP(endpoint.host) === 0 ? endpoint.host : nameToAsk(certificateName))
  const { certificates } = await probeEndpoint(endpoint, { serverName, startTls, ...options })
  return certificates[0] && Certificate.parse(certificates[0])
}

/** Undefined when it serves the certificate. */
async function ask(
  probe: Probe,
  wanted: { readonly certificate: Certificate; readonly name: string },
  left: Duration,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const timeout = Duration.max(Duration.min(left, longestTry), pause)
    const served = await servedAt(probe, wanted.name, { timeout, signal })
    if (served?.equals(wanted.certificate)) return undefined
    return `serves another certificate (${served === undefined ? 'unreadable' : `serial ${served.serial}`})`
  } catch (error) {
    return errorMessage(error).replace(`${formatEndpoint(probe.endpoint)} `, '')
  }
}

/** SNI knows no wildcards and no addresses (RFC 6066, section 3). */
function nameToAsk(name: string): string | undefined {
  return isIP(name) === 0 && /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(name) ? name : undefined
}
