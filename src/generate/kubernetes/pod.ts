/** What sidecar and renewal have in common. */
export interface KubernetesFacts {
  /** Of certctl, for the first line. */
  readonly version: string
  /** Of the objects. */
  readonly name: string
  /** Has certctl in its path. */
  readonly image: string
  readonly address: string
  /** Vault's, not the cluster's. */
  readonly namespace: string | undefined
  readonly login: { readonly role: string; readonly mount: string | undefined; readonly audience: string }
  /** A config map whose `ca.crt` the server's certificate is checked by. */
  readonly caConfigMap: string | undefined
}

interface ContainerFacts {
  readonly name: string
  readonly args: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  /** Beside those that certctl needs everywhere. */
  readonly volumeMounts?: readonly object[]
}

const paths = { run: '/run/certctl', identity: '/var/run/secrets/vault', ca: '/etc/certctl/ca' } as const

export const sink = `${paths.run}/vault-token`

/** Any number but root's: the image need not know the user. */
const account = 65532

const ownSecurity = {
  runAsNonRoot: true,
  runAsUser: account,
  runAsGroup: account,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}

/** The group is what makes files of a volume readable to all containers of the pod. */
export const podSecurity = { fsGroup: account, seccompProfile: { type: 'RuntimeDefault' } }

const resources = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } }

export function labels(name: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': name }
}

/** Who the pod is to Vault; the token of it that pods get by themselves is for the cluster's own API, and not needed. */
export function serviceAccount({ name }: KubernetesFacts): object {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name }, automountServiceAccountToken: false }
}

export function identity({ name }: KubernetesFacts): object {
  return { serviceAccountName: name, automountServiceAccountToken: false }
}

/** The arguments of a login with the pod's own token, read afresh each time. */
export function loginArguments({ login: { role, mount } }: KubernetesFacts): readonly string[] {
  return [
    ...['--auth', 'kubernetes', '--auth-role', role],
    ...(mount === undefined ? [] : ['--auth-mount', mount]),
    ...['--jwt-file', `${paths.identity}/token`, '--sink', sink],
  ]
}

/** One that runs certctl. */
export function certctlContainer(
  facts: KubernetesFacts,
  { name, args, variables, volumeMounts = [] }: ContainerFacts,
): object {
  return {
    name,
    image: facts.image,
    command: ['certctl'],
    args,
    env: environment(facts, variables),
    resources,
    securityContext: ownSecurity,
    volumeMounts: [...mounts(facts), ...volumeMounts],
  }
}

function environment(
  { address, namespace, caConfigMap }: KubernetesFacts,
  more: Readonly<Record<string, string>> = {},
): object[] {
  const variables = {
    VAULT_ADDR: address,
    ...(namespace === undefined ? {} : { VAULT_NAMESPACE: namespace }),
    ...(caConfigMap === undefined ? {} : { VAULT_CACERT: `${paths.ca}/ca.crt` }),
    XDG_RUNTIME_DIR: '/run',
    ...more,
  }
  return Object.entries(variables).map(([name, value]) => ({ name, value }))
}

function mounts({ caConfigMap }: KubernetesFacts): object[] {
  return [
    { name: 'certctl-run', mountPath: paths.run },
    { name: 'vault-identity', mountPath: paths.identity, readOnly: true },
    ...(caConfigMap === undefined ? [] : [{ name: 'vault-ca', mountPath: paths.ca, readOnly: true }]),
  ]
}

/** Where the token lies for those who only read it. */
export const sinkMount = { name: 'certctl-run', mountPath: paths.run, readOnly: true }

export function volumes({ login, caConfigMap }: KubernetesFacts): object[] {
  const token = { path: 'token', audience: login.audience, expirationSeconds: 3600 }
  return [
    { name: 'certctl-run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'vault-identity', projected: { sources: [{ serviceAccountToken: token }] } },
    ...(caConfigMap === undefined ? [] : [{ name: 'vault-ca', configMap: { name: caConfigMap } }]),
  ]
}
