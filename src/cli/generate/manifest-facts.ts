import { Flags } from '@oclif/core'
import { requireAddress, type Settings } from '../../config/settings.ts'
import { UsageError } from '../../core/errors.ts'
import type { ManifestFacts } from '../../generate/kubernetes/manifest.ts'
import { formatListenAddress, type ListenAddress } from '../../metrics/listen-address.ts'
import { hasGroupingKey } from '../../metrics/push-gateway.ts'
import { shownAddress } from '../compose.ts'

export const manifestParts = ['sidecar', 'renew'] as const
type ManifestPart = (typeof manifestParts)[number]

/** A DNS label (RFC 1123), with room for what is hung on to it: names of cron jobs have 52 characters at most. */
export const objectNameFlag = Flags.custom({
  helpValue: 'NAME',
  parse: (text, _context, { name }) => {
    if (/^[a-z0-9](?:[a-z0-9-]{0,44}[a-z0-9])?$/.test(text)) return Promise.resolve(text)
    throw new UsageError(`--${name} ${text} is no name for a Kubernetes object`, {
      hint: 'use small letters, digits and dashes, 46 at most',
    })
  },
})

interface ManifestFlags {
  readonly image?: string | undefined
  readonly 'app-image'?: string | undefined
  readonly name: string
  readonly 'auth-role': string
  readonly 'auth-mount'?: string | undefined
  readonly audience: string
  readonly 'ca-config-map'?: string | undefined
  readonly 'metrics-listen'?: ListenAddress | undefined
  readonly 'push-gateway'?: URL | undefined
}

/** Reachable for the kubelet and Prometheus, who come from outside of the pod. */
const everywhere: ListenAddress = { host: '0.0.0.0', port: 9187 }

export function manifestFacts(
  part: ManifestPart | undefined,
  flags: ManifestFlags,
  settings: Settings,
  version: string,
): ManifestFacts {
  if (part === 'sidecar' && flags['push-gateway'] !== undefined)
    throw new UsageError('--push-gateway is for the cron job, and the sidecar serves its metrics', {
      hint: 'have Prometheus scrape the port of --metrics-listen',
    })
  return {
    version,
    name: flags.name,
    image: flags.image ?? `certctl:${version}`,
    address: shownAddress(requireAddress(settings).value),
    namespace: settings.namespace?.value,
    login: { role: flags['auth-role'], mount: flags['auth-mount'], audience: flags.audience },
    caConfigMap: flags['ca-config-map'],
    sidecar: hasSidecar(part, flags) ? sidecarFacts(flags) : undefined,
    renewal: part === 'sidecar' ? undefined : { pushGateway: gatewayOfJob(flags) },
  }
}

/** Without a program to be beside, there is a sidecar only where it was asked for. */
function hasSidecar(part: ManifestPart | undefined, flags: ManifestFlags): boolean {
  return part === 'sidecar' || (part === undefined && flags['app-image'] !== undefined)
}

/** Each run is a pod with a name of its own, and would leave a group of its own. */
function gatewayOfJob({ name, 'push-gateway': gateway }: ManifestFlags): string | undefined {
  if (gateway === undefined || hasGroupingKey(gateway)) return gateway?.href
  return `${shownAddress(gateway)}/metrics/job/certctl/instance/${name}/command/renew`
}

function sidecarFacts(flags: ManifestFlags): NonNullable<ManifestFacts['sidecar']> {
  const { 'app-image': appImage, 'metrics-listen': listen = everywhere } = flags
  if (appImage === undefined)
    throw new UsageError('a sidecar needs --app-image: the program that it is beside', {
      hint: 'for the cron job alone: certctl generate kubernetes renew',
    })
  return { appImage, metricsListen: { port: listen.port, text: formatListenAddress(listen) } }
}
