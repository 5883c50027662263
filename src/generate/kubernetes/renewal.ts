import { option } from '../command-line.ts'
import { minuteFor } from '../spread.ts'
import type { YamlDocument } from '../yaml-text.ts'
import {
  certctlContainer,
  identity,
  labels,
  loginArguments,
  podSecurity,
  sink,
  volumes,
  type KubernetesFacts,
} from './pod.ts'

const home = '/var/lib/certctl'

export interface RenewalFacts extends KubernetesFacts {
  readonly pushGateway: string | undefined
}

/** The hourly renewal, and the volume that certificates and state are kept in. */
export function renewal(facts: RenewalFacts): readonly YamlDocument[] {
  return [claim(facts), cronJob(facts)]
}

function claim({ name }: KubernetesFacts): YamlDocument {
  return {
    value: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, labels: labels(name) },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
    },
  }
}

function cronJob(facts: RenewalFacts): YamlDocument {
  const job = ['spec', 'jobTemplate', 'spec'] as const
  const pod = [...job, 'template', 'spec'] as const
  return {
    value: {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: `${facts.name}-renew`, labels: labels(facts.name) },
      spec: {
        schedule: `${minuteFor(facts.name)} * * * *`,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 1800,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            activeDeadlineSeconds: 900,
            backoffLimit: 3,
            podFailurePolicy: {
              rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [2, 3, 4, 6] } }],
            },
            template: { metadata: { labels: labels(`${facts.name}-renew`) }, spec: podSpec(facts) },
          },
        },
      },
    },
    notes: [
      [[...job, 'podFailurePolicy'], 'Asking again changes nothing about these: usage, settings, a refusal, no Vault.'],
      [[...pod, 'securityContext', 'fsGroupChangePolicy'], 'Else each start would open keys and state to the group.'],
      [[...pod, 'initContainers'], 'One login a run, with a token of its own that lives in memory only.'],
    ],
  }
}

function podSpec(facts: RenewalFacts): object {
  return {
    restartPolicy: 'Never',
    ...identity(facts),
    securityContext: { ...podSecurity, fsGroupChangePolicy: 'OnRootMismatch' },
    initContainers: [certctlContainer(facts, { name: 'login', args: ['vault', 'login', ...loginArguments(facts)] })],
    containers: [
      certctlContainer(facts, {
        name: 'renew',
        args: ['renew', '--all', ...option('--push-gateway', facts.pushGateway)],
        variables: { CERTCTL_VAULT_TOKEN_FILE: sink, CERTCTL_STATE_DIR: `${home}/state` },
        volumeMounts: [{ name: 'certificates', mountPath: home }],
      }),
    ],
    volumes: [...volumes(facts), { name: 'certificates', persistentVolumeClaim: { claimName: facts.name } }],
  }
}
