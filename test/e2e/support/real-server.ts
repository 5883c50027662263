import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { setTimeout as wait } from 'node:timers/promises'
import { isInstalled } from '../../support/outside-tool.ts'
import type { Scene } from './scene.ts'

/** Skips a test whose server is not installed, but never in CI. */
export function needs(program: string, skip: (note: string) => void): void {
  if (process.env.CI === undefined && !isInstalled(program)) skip(`${program} is not installed`)
}

/** A server in the foreground, which ends with the test. */
export function startServer(scene: Scene, program: string, args: readonly string[]): ChildProcess {
  const server = spawn(program, args, { stdio: 'ignore', cwd: scene.path() })
  const ended = once(server, 'exit')
  scene.atEnd(async () => {
    server.kill('SIGTERM')
    await ended
  })
  return server
}

/** The serial that it serves by TLS, in the notation of certctl. */
export async function untilServing(port: number, server: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const serial = await served(port)
    if (serial !== undefined) return serial
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`)
    await wait(50)
  }
  throw new Error('the server does not serve')
}

/** A worker that is on its way out may still take a connection or two with what it had. */
export async function untilServingAnother(port: number, before: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const serial = await served(port)
    if (serial !== undefined && serial !== before) return serial
    await wait(100)
  }
  throw new Error('the old certificate is still served')
}

async function served(port: number): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerX509Certificate()?.serialNumber.toLowerCase().match(/../g)?.join(':')
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
