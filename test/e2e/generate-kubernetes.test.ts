import { mkdir, readFile, stat } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'
import { describe, expect } from 'vitest'
import { FakePushGateway } from '../support/fake-push-gateway.ts'
import { reply } from '../support/faults.ts'
import { ask } from '../support/outside-tool.ts'
import { like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

interface Container {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly [key: string]: unknown
}

interface PodSpec {
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
  readonly [key: string]: unknown
}

interface KubernetesObject {
  readonly kind: string
  readonly spec: {
    readonly template: { readonly spec: PodSpec }
    readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } }
    readonly [key: string]: unknown
  }
}

const full = [
  ...['--image', 'registry.test/certctl:1', '--app-image', 'registry.test/app:1', '--name', 'web'],
  ...['--address', 'https://vault.test:8200', '--namespace', 'team/a', '--ca-config-map', 'vault-ca'],
  ...[
    '--auth-role',
    'web',
    '--auth-mount',
    'k8s/prod',
    '--audience',
    'https://vault.test',
    '--metrics-listen',
    '[::]:9999',
  ],
]

async function generate(scene: Scene, ...args: readonly string[]): Promise<readonly KubernetesObject[]> {
  const env = { VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined }
  const run = await scene.run(['generate', 'kubernetes', ...args], { env })
  expect(run).toMatchObject({ code: 0, stderr: '' })
  const documents = parseAllDocuments(run.stdout, { strict: true })
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
  return documents.map((document) => document.toJS() as KubernetesObject)
}

function podOf(objects: readonly KubernetesObject[], kind: 'Deployment' | 'CronJob'): PodSpec {
  const { spec } = objects.find((object) => object.kind === kind)!
  return kind === 'Deployment' ? spec.template.spec : spec.jobTemplate.spec.template.spec
}

/** Runs a container's arguments on this host: its directories are below the scene's, its port is any. */
function onThisHost(scene: Scene, { args, env }: Container) {
  const here = (text: string): string =>
    text
      .replace('0.0.0.0:9187', '127.0.0.1:0')
      .replace('/var/run/secrets/vault', scene.path('identity'))
      .replace('/run/certctl', scene.path('run'))
      .replace('/var/lib/certctl', scene.path('home'))
  const variables = Object.fromEntries(env.map(({ name, value }) => [name, here(value)]))
  return {
    args: args.map(here),
    options: { env: { VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined, ...variables } },
  }
}

/** The fake knows no pods: this answers the login of one. */
async function makePod(scene: Scene): Promise<void> {
  await Promise.all(['identity', 'run', 'home'].map((name) => mkdir(scene.path(name), { recursive: true })))
  await scene.write('identity/token', 'the.pods.own')
  const { token, accessor } = await scene.vault.createToken({ ttl: '1h' })
  const auth = { client_token: token, accessor, lease_duration: 3600, renewable: true, policies: ['default', 'pki'] }
  const body = JSON.stringify({ request_id: 'r', lease_id: '', renewable: false, lease_duration: 0, data: null, auth })
  scene.vault.faults.on('auth/kubernetes/login', reply(200, { 'Content-Type': 'application/json' }, body))
}

describe.concurrent('Kubernetes', () => {
  // The first with sidecars that need no switch, and the newest of the schemas.
  test.for(['1.29', '1.37'])('%s knows every key of the objects', async (version, { scene, skip }) => {
    for (const args of [full, ['renew', '--image', 'certctl:1', '--address', 'https://vault.test:8200']]) {
      const run = await scene.run(['generate', 'kubernetes', ...args, '--out', '.', '--force'])
      expect(run).toMatchObject({ code: 0, stderr: '' })
      const file = args === full ? 'web.yaml' : 'certctl.yaml'
      const { status, output } = await ask('kubernetes-validate', ['--strict', '-k', version, file], {
        cwd: scene.path(),
        skip,
      })
      expect(status, output).toBe(0)
      expect(output).toMatch(/passed for resource cronjob/)
    }
  })
})

describe.concurrent('generate kubernetes', () => {
  test('alone makes the cron job, of the image that is named as certctl is', async ({ scene }) => {
    const objects = await generate(scene)
    expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'PersistentVolumeClaim', 'CronJob'])
    const version = (await scene.run(['--version'])).stdout.match(/\d+\.\d+\.\d+/)![0]
    expect(podOf(objects, 'CronJob').containers).toMatchObject([
      { image: `certctl:${version}`, args: ['renew', '--all'] },
    ])
  })

  test('runs certctl with nothing that it does not need', async ({ scene }) => {
    const objects = await generate(scene, ...full)
    const [sidecar, ...job] = [
      podOf(objects, 'Deployment').initContainers,
      podOf(objects, 'CronJob').initContainers,
      podOf(objects, 'CronJob').containers,
    ].flat()
    for (const container of [sidecar, ...job]) {
      expect(container).toMatchObject({
        image: 'registry.test/certctl:1',
        securityContext: {
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      })
    }
  })

  test('gives pods a token for Vault alone, and keeps what they get in memory', async ({ scene }) => {
    const objects = await generate(scene, ...full)
    for (const kind of ['Deployment', 'CronJob'] as const) {
      const { volumes, ...pod } = podOf(objects, kind)
      expect(pod).toMatchObject({
        serviceAccountName: 'web',
        automountServiceAccountToken: false,
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      })
      const [run, identity, ca] = volumes as unknown[]
      expect(run).toMatchObject({ emptyDir: { medium: 'Memory' } })
      expect(identity).toMatchObject({
        projected: { sources: [{ serviceAccountToken: { audience: 'https://vault.test' } }] },
      })
      expect(ca).toMatchObject({ configMap: { name: 'vault-ca' } })
    }
  })

  test('asks the sidecar what each probe is about', async ({ scene }) => {
    const [sidecar] = podOf(await generate(scene, 'sidecar', ...full), 'Deployment').initContainers
    expect(sidecar).toMatchObject({
      restartPolicy: 'Always',
      startupProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
      ports: [{ name: 'metrics', containerPort: 9999 }],
    })
    expect(sidecar?.args).toContain('[::]:9999')
  })

  test('makes a sidecar that logs in, keeps the token in the file, and answers its probes', async ({ scene }) => {
    await makePod(scene)
    const address = ['--image', 'certctl:1', '--app-image', 'app:1', '--address', scene.vault.address]
    const { initContainers, containers } = podOf(await generate(scene, 'sidecar', ...address), 'Deployment')
    const { args, options } = onThisHost(scene, initContainers[0]!)
    const running = await scene.spawn(args, options)
    const { listen } = JSON.parse(await running.waitForLine(/metrics are served/)) as { listen: string }
    await running.waitForLine(/loop started/)
    expect((await fetch(`http://${listen}/readyz`)).status).toBe(200)
    expect((await fetch(`http://${listen}/healthz`)).status).toBe(200)
    expect(scene.vault.token((await readFile(scene.path('run/vault-token'), 'utf8')).trim())).toBeDefined()
    expect((await stat(scene.path('run/vault-token'))).mode & 0o777).toBe(0o640)
    expect(containers[0]).toMatchObject({
      volumeMounts: [{ name: 'certctl-run', mountPath: '/run/certctl', readOnly: true }],
    })
    running.kill()
    expect(await running.ended).toMatchObject({ code: 0 })
  })

  test('makes a cron job that logs in and renews', async ({ scene }) => {
    await makePod(scene)
    const objects = await generate(scene, 'renew', '--image', 'certctl:1', '--address', scene.vault.address)
    const pod = podOf(objects, 'CronJob')
    const login = onThisHost(scene, pod.initContainers[0]!)
    expect(await scene.run(login.args, login.options)).toMatchObject({ code: 0 })
    const renew = onThisHost(scene, pod.containers[0]!)
    const issue = ['issue', 'a.contract.test', '--role', 'any', '--ttl', '2s', '--out', scene.path('home/web')]
    expect(await scene.run(issue, renew.options)).toMatchObject({ code: 0 })
    expect(await scene.run(renew.args, renew.options)).toMatchObject({ code: 0, stdout: like(/^renewed {2}/) })
  })

  test('has the runs of the job, each a pod of its own, push to one group', async ({ scene }) => {
    await makePod(scene)
    const gateway = await FakePushGateway.start()
    scene.atEnd(() => gateway.stop())
    const flags = ['--image', 'certctl:1', '--name', 'web', '--address', scene.vault.address]
    const renewOf = async (url: string): Promise<Container> =>
      podOf(await generate(scene, 'renew', ...flags, '--push-gateway', url), 'CronJob').containers[0]!
    const { args, options } = onThisHost(scene, await renewOf(gateway.address))
    expect(await scene.run(args, options)).toMatchObject({ code: 0, stderr: '' })
    expect(gateway.groups).toEqual(['job/certctl/instance/web/command/renew'])
    expect(gateway.samples(gateway.groups[0]!).join('\n')).toContain('certctl_last_success_timestamp_seconds')
    const own = `${gateway.address}/metrics/job/tls/site/a`
    expect((await renewOf(own)).args.slice(-2)).toEqual(['--push-gateway', own])
  })

  test('has a job that does not come twice, ends, and is not repeated when that is of no use', async ({ scene }) => {
    const objects = await generate(scene, 'renew', '--image', 'certctl:1', '--address', 'https://vault.test')
    expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'PersistentVolumeClaim', 'CronJob'])
    expect(objects[2]).toMatchObject({
      spec: {
        schedule: like(/^\d+ \* \* \* \*$/),
        concurrencyPolicy: 'Forbid',
        jobTemplate: {
          spec: {
            activeDeadlineSeconds: 900,
            backoffLimit: 3,
            podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [2, 3, 4, 6] } }] },
            template: { spec: { restartPolicy: 'Never', securityContext: { fsGroupChangePolicy: 'OnRootMismatch' } } },
          },
        },
      },
    })
  })

  test('tells pods of the settings that are in force here', async ({ scene }) => {
    const bare = { VAULT_ADDR: undefined }
    await scene.run(['profile', 'set', 'prod', '--address', 'https://prod.test:8200', '--namespace', 'team'], {
      env: bare,
    })
    const [, , job] = await generate(scene, 'renew', '--image', 'certctl:1', '--profile', 'prod')
    expect(podOf([job!], 'CronJob').containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: 'VAULT_ADDR', value: 'https://prod.test:8200' },
        { name: 'VAULT_NAMESPACE', value: 'team' },
      ]),
    )
  })
})
