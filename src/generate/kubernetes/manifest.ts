import { printable } from '../../core/printable.ts'
import type { GeneratedFile } from '../generated-file.ts'
import { yamlText } from '../yaml-text.ts'
import { serviceAccount, type KubernetesFacts } from './pod.ts'
import { renewal, type RenewalFacts } from './renewal.ts'
import { sidecarDeployment, type SidecarFacts } from './sidecar.ts'

export interface ManifestFacts extends KubernetesFacts {
  readonly sidecar: Pick<SidecarFacts, 'appImage' | 'metricsListen'> | undefined
  readonly renewal: Pick<RenewalFacts, 'pushGateway'> | undefined
}

/** One stream of objects: kubectl apply -f - */
export function kubernetesManifest({ sidecar, renewal: job, ...facts }: ManifestFacts): GeneratedFile {
  const header = [
    `Made by certctl ${facts.version}; kubectl apply -f FILE`,
    `Vault must know the service account: a role "${printable(facts.login.role)}" of its kubernetes auth method, bound to it, with the`,
    `audience "${printable(facts.login.audience)}" and a policy for what the token is to do.`,
    ...(job
      ? [
          'What is renewed is what was issued by certctl in this volume, with CERTCTL_STATE_DIR=/var/lib/certctl/state and',
          '--out below /var/lib/certctl.',
        ]
      : []),
    ...(sidecar ? [] : ['--app-image adds the program that needs a token, with keep-alive beside it.']),
  ]
  const documents = [
    { header, value: serviceAccount(facts) },
    ...(sidecar ? [sidecarDeployment({ ...facts, ...sidecar })] : []),
    ...(job ? renewal({ ...facts, ...job }) : []),
  ]
  return { name: `${facts.name}.yaml`, content: yamlText(documents) }
}
