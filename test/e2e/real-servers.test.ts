import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { isInstalled } from '../support/outside-tool.ts'
import { type Scene, test } from './support/scene.ts'

interface Deployment {
  readonly state: string
  readonly probes?: readonly { readonly served: boolean }[]
}

async function deployed(
  scene: Scene,
  args: readonly string[],
): Promise<{ code: number | null; deployment: Deployment }> {
  const run = await scene.run([...args, '--json'])
  const document = run.json() as { deployment?: Deployment; results?: readonly { deployment: Deployment }[] }
  return { code: run.code, deployment: (document.deployment ?? document.results?.[0]?.deployment)! }
}

/** Nobody else listens there now; the server takes it a moment later. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function served(port: number): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerX509Certificate()?.serialNumber
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

async function untilServing(port: number, server: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const serial = await served(port)
    if (serial !== undefined) return serial
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`)
    await wait(50)
  }
  throw new Error('the server does not serve')
}

/** A worker that is on its way out may still take a connection or two with what it had. */
async function untilServingAnother(port: number, before: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const serial = await served(port)
    if (serial !== undefined && serial !== before) return
    await wait(100)
  }
  throw new Error('the old certificate is still served')
}

function start(scene: Scene, program: string, args: readonly string[]): ChildProcess {
  const server = spawn(program, args, { stdio: 'ignore', cwd: scene.path() })
  const ended = once(server, 'exit')
  scene.atEnd(async () => {
    server.kill('SIGTERM')
    await ended
  })
  return server
}

function needs(program: string, skip: (note: string) => void): void {
  if (process.env.CI === undefined && !isInstalled(program)) skip(`${program} is not installed`)
}

describe.concurrent('a server in use', () => {
  test('nginx serves the new certificate after the signal, from the directory', async ({ scene, skip }) => {
    needs('nginx', skip)
    await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web'])
    const port = await freePort()
    await mkdir(scene.path('tmp'))
    await scene.write(
      'nginx.conf',
      `daemon off; master_process on; worker_processes 1; pid ${scene.path('nginx.pid')}; error_log ${scene.path('error.log')};
events {}
http {
  access_log off;
  client_body_temp_path ${scene.path('tmp')}; proxy_temp_path ${scene.path('tmp')}; fastcgi_temp_path ${scene.path('tmp')};
  uwsgi_temp_path ${scene.path('tmp')}; scgi_temp_path ${scene.path('tmp')};
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${scene.path('web/fullchain.pem')};
    ssl_certificate_key ${scene.path('web/privkey.pem')};
    return 204;
  }
}
`,
    )
    const nginx = start(scene, 'nginx', ['-c', scene.path('nginx.conf'), '-e', scene.path('error.log')])
    const before = await untilServing(port, nginx)
    const flags = ['--signal-pid-file', `${scene.path('nginx.pid')}:HUP`, '--probe', `127.0.0.1:${port}`]
    const run = await deployed(scene, ['renew', 'web', '--force', ...flags])
    expect(run).toMatchObject({ code: 0, deployment: { state: 'deployed', probes: [{ served: true }] } })
    await untilServingAnother(port, before)
  })

  test('HAProxy serves the new certificate after the signal, from one file', async ({ scene, skip }) => {
    needs('haproxy', skip)
    const combined = scene.path('tls/web.pem')
    await mkdir(scene.path('tls'))
    await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web', '--combined-file', combined])
    const port = await freePort()
    await scene.write(
      'haproxy.cfg',
      `global
  maxconn 100
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend web
  bind 127.0.0.1:${port} ssl crt ${combined}
  http-request return status 204
`,
    )
    const pidFile = scene.path('haproxy.pid')
    const haproxy = start(scene, 'haproxy', ['-W', '-f', scene.path('haproxy.cfg'), '-p', pidFile])
    const before = await untilServing(port, haproxy)
    // The master reads its files again on SIGUSR2.
    const flags = ['--signal-pid-file', `${pidFile}:USR2`, '--probe', `127.0.0.1:${port}`]
    const run = await deployed(scene, ['renew', 'web', '--force', ...flags])
    expect(run).toMatchObject({ code: 0, deployment: { state: 'deployed', probes: [{ served: true }] } })
    await untilServingAnother(port, before)
  })
})
