import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { like } from './support/matchers.ts'
import { needs, startServer, untilServing, untilServingAnother } from './support/real-server.ts'
import { type Scene, test } from './support/scene.ts'

interface Result {
  readonly action: string
  readonly reason: string
  readonly deployment: Readonly<Record<string, unknown>>
}

async function renewed(scene: Scene, flags: readonly string[]): Promise<{ code: number | null; result: Result }> {
  const run = await scene.run(['renew', 'web', '--force', ...flags, '--json'])
  const { results } = run.json() as { results: readonly Result[] }
  return { code: run.code, result: results[0]! }
}

interface WebServer {
  readonly port: number
  readonly process: ChildProcess
  /** Has it read its configuration and its files again. */
  readonly reload: readonly string[]
  /** Breaks the configuration: from now on it can't be read again. */
  readonly spoil: () => Promise<unknown>
}

async function startNginx(scene: Scene): Promise<WebServer> {
  await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web'])
  const port = await freePort()
  await mkdir(scene.path('tmp'))
  const configure = (certificate: string): Promise<string> =>
    scene.write(
      'nginx.conf',
      `daemon off; master_process on; worker_processes 1; pid ${scene.path('nginx.pid')}; error_log ${scene.path('error.log')};
events {}
http {
  access_log off;
  client_body_temp_path ${scene.path('tmp')}; proxy_temp_path ${scene.path('tmp')}; fastcgi_temp_path ${scene.path('tmp')};
  uwsgi_temp_path ${scene.path('tmp')}; scgi_temp_path ${scene.path('tmp')};
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${scene.path('web/privkey.pem')};
    return 204;
  }
}
`,
    )
  const config = await configure(scene.path('web/fullchain.pem'))
  const process = startServer(scene, 'nginx', ['-c', config, '-e', scene.path('error.log')])
  const reload = ['--signal-pid-file', `${scene.path('nginx.pid')}:HUP`]
  return { port, process, reload, spoil: () => configure('/nowhere/fullchain.pem') }
}

async function startHaproxy(scene: Scene): Promise<WebServer> {
  const combined = scene.path('tls/web.pem')
  await mkdir(scene.path('tls'))
  await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web', '--combined-file', combined])
  const port = await freePort()
  const configure = (certificate: string): Promise<string> =>
    scene.write(
      'haproxy.cfg',
      `global
  maxconn 100
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend web
  bind 127.0.0.1:${port} ssl crt ${certificate}
  http-request return status 204
`,
    )
  const config = await configure(combined)
  const pidFile = scene.path('haproxy.pid')
  const process = startServer(scene, 'haproxy', ['-W', '-f', config, '-p', pidFile])
  // The master reads its files again on SIGUSR2.
  return {
    port,
    process,
    reload: ['--signal-pid-file', `${pidFile}:USR2`],
    spoil: () => configure('/nowhere/web.pem'),
  }
}

const servers = [
  ['nginx', 'from the directory', startNginx],
  ['haproxy', 'from one file', startHaproxy],
] as const

/** Servers start slowly on a machine that is at work. */
const timeout = 180_000

describe.concurrent('a server in use', () => {
  test.for(servers)(
    '%s serves the new certificate after the signal, %s',
    async ([program, , start], { scene, skip }) => {
      needs(program, skip)
      const { port, process, reload } = await start(scene)
      const before = await untilServing(port, process)
      const { code, result } = await renewed(scene, [...reload, '--probe', `127.0.0.1:${port}`])
      expect(code).toBe(0)
      expect(result).toMatchObject({ deployment: { state: 'deployed', probes: [{ served: true }] } })
      await untilServingAnother(port, before)
    },
  )

  test.for(servers)(
    '%s that cannot be reloaded has the old certificate back, %s',
    { timeout },
    async (server, { scene, skip }) => {
      const [program, , start] = server
      needs(program, skip)
      const { port, process, reload, spoil } = await start(scene)
      const before = await untilServing(port, process)
      await spoil()
      const probe = ['--probe', `127.0.0.1:${port}`, '--probe-timeout', '2s']
      const { code, result } = await renewed(scene, [...reload, ...probe])
      expect(code).toBe(9)
      expect(result).toMatchObject({
        action: 'failed',
        reason: like(/web went back to the certificate before, [0-9a-f:]+: .* serves another certificate/),
        deployment: { state: 'rolled-back', inPlace: { serial: before, deploy: 'done' } },
      })
      const published = await scene.run(['inspect', 'web/cert.pem', '--json'])
      expect(published.json()).toMatchObject({ objects: [{ certificate: { serial: before } }] })
      expect(await untilServing(port, process)).toBe(before)
    },
  )
})
