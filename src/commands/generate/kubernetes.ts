import { Args, Flags } from '@oclif/core'
import { GenerateCommand, outFlags } from '../../cli/generate/generate-command.ts'
import { manifestFacts, manifestParts, objectNameFlag } from '../../cli/generate/manifest-facts.ts'
import { loadSettings } from '../../cli/host-settings.ts'
import { listenAddressFlag } from '../../cli/listen-address-flag.ts'
import { pushGatewayFlag } from '../../cli/push-gateway.ts'
import { profileFlag, settingFlags } from '../../cli/setting-flags.ts'
import { kubernetesManifest } from '../../generate/kubernetes/manifest.ts'

export default class GenerateKubernetes extends GenerateCommand {
  static override summary = 'Print Kubernetes objects: keep-alive as a sidecar, and renew as a cron job.'
  static override description =
    'Pods log in with a token of their service account. The sidecar keeps a Vault token alive in a file in memory that the program beside it reads; the cron job renews certificates in a volume.'
  static override examples = [
    '<%= config.bin %> generate kubernetes sidecar --image registry.example.com/certctl:1 --app-image registry.example.com/web:7 --address https://vault.example.com:8200 | kubectl apply -f -',
    '<%= config.bin %> generate kubernetes renew --image registry.example.com/certctl:1 --auth-role renewer --ca-config-map vault-ca',
  ]
  static override args = {
    part: Args.option({
      name: 'PART',
      description: 'which of the two; by default the cron job, and with --app-image both',
      options: manifestParts,
    })({
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...outFlags,
    image: Flags.string({
      description: 'image with certctl in its path; certctl:VERSION by default',
      helpValue: 'IMAGE',
    }),
    'app-image': Flags.string({ description: 'image of the program that the token is for', helpValue: 'IMAGE' }),
    name: objectNameFlag({ description: 'name of the objects', default: 'certctl' }),
    'auth-role': Flags.string({
      description: "role of Vault's kubernetes auth method",
      helpValue: 'NAME',
      default: 'certctl',
    }),
    'auth-mount': Flags.string({ description: 'path of the auth method; kubernetes by default', helpValue: 'PATH' }),
    audience: Flags.string({ description: 'audience that the role asks for', helpValue: 'NAME', default: 'vault' }),
    'ca-config-map': objectNameFlag({ description: "config map whose ca.crt the server's certificate is checked by" }),
    'metrics-listen': listenAddressFlag({
      description: 'where the sidecar serves /metrics, /healthz and /readyz; 0.0.0.0:9187 by default',
    }),
    'push-gateway': pushGatewayFlag({ description: 'push the metrics of the cron job to this Prometheus Pushgateway' }),
    profile: profileFlag,
    ...settingFlags(['address', 'namespace']),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(GenerateKubernetes)
    const settings = await loadSettings(flags)
    return this.deliver([kubernetesManifest(manifestFacts(args.part, flags, settings, this.config.version))], flags)
  }
}
