import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './free-port.ts'

const program = 'prometheus-pushgateway'

export const hasPushGateway = spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
if (!hasPushGateway && process.env.CI)
  throw new Error(`${program} is missing; Debian has it in the package of that name`)

export interface RealPushGateway {
  readonly address: string
  /** What Prometheus would scrape. */
  scrape(): Promise<string>
  stop(): Promise<void>
}

/** Prometheus's own gateway, on loopback, with nothing kept on disk. */
export async function startPushGateway(): Promise<RealPushGateway> {
  const listen = `127.0.0.1:${await freePort()}`
  const child = spawn(program, [`--web.listen-address=${listen}`], { stdio: 'ignore' })
  const address = `http://${listen}`
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  for (let tries = 0; !(await isReady(address)); tries += 1) {
    if (tries > 200) throw new Error(`${program} does not answer`)
    await wait(50)
  }
  return { address, scrape: async () => (await fetch(`${address}/metrics`)).text(), stop }
}

async function isReady(address: string): Promise<boolean> {
  return fetch(`${address}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
}
