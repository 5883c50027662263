import type { YamlDocument } from '../yaml-text.ts'
import {
  certctlContainer,
  identity,
  labels,
  loginArguments,
  podSecurity,
  sink,
  sinkMount,
  volumes,
  type KubernetesFacts,
} from './pod.ts'

export interface SidecarFacts extends KubernetesFacts {
  /** The program that the token is for. */
  readonly appImage: string
  readonly metricsListen: { readonly port: number; readonly text: string }
}

/** A deployment whose program always finds a good token: keep-alive starts before it and ends after it. */
export function sidecarDeployment(facts: SidecarFacts): YamlDocument {
  const container = ['spec', 'template', 'spec', 'initContainers', 0] as const
  return {
    value: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: facts.name, labels: labels(facts.name) },
      spec: {
        selector: { matchLabels: labels(facts.name) },
        template: {
          metadata: { labels: labels(facts.name) },
          spec: {
            ...identity(facts),
            securityContext: podSecurity,
            initContainers: [keepAlive(facts)],
            containers: [{ name: 'app', image: facts.appImage, volumeMounts: [sinkMount] }],
            volumes: volumes(facts),
          },
        },
      },
    },
    notes: [
      [
        [...container, 'restartPolicy'],
        'Makes it a sidecar (Kubernetes 1.29): it starts before the app and ends after it.',
      ],
      [
        [...container, 'startupProbe'],
        'The app starts when there is a good token; a Vault that is away is waited for, an hour long.',
      ],
      [[...container, 'readinessProbe'], 'Ready is: the token is valid and will be renewed in time.'],
      [
        [...container, 'livenessProbe'],
        'Alive is: the loop turns. A Vault that is away is no reason to start it again.',
      ],
      [['spec', 'template', 'spec', 'containers'], `It reads the token from ${sink}, afresh whenever it needs it.`],
    ],
  }
}

function keepAlive(facts: SidecarFacts): object {
  const probe = (path: string): object => ({ httpGet: { path, port: 'metrics' }, timeoutSeconds: 5 })
  const args = [
    ...['vault', 'keep-alive', ...loginArguments(facts), '--sink-mode', '0640'],
    ...['--metrics-listen', facts.metricsListen.text],
  ]
  return {
    ...certctlContainer(facts, { name: 'certctl', args }),
    restartPolicy: 'Always',
    ports: [{ name: 'metrics', containerPort: facts.metricsListen.port }],
    startupProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 720 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 10 },
    livenessProbe: { ...probe('/healthz'), periodSeconds: 20, failureThreshold: 3 },
  }
}
