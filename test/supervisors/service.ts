import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../e2e/support/keep-alive.ts'
import type { Scene } from '../e2e/support/scene.ts'

const program = fileURLToPath(new URL('../../bin/certctl.cjs', import.meta.url))

/** Whether the programs are there; in CI they have to be. */
export function hasPrograms(debianPackage: string, ...programs: readonly string[]): boolean {
  const missing = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing.length === 0) return true
  const message = `${missing.join(' and ')} missing; Debian has it in the package ${debianPackage}`
  if (process.env.CI) throw new Error(message)
  process.stderr.write(`NOT RUN: ${message}\n`)
  return false
}

/** `certctl vault keep-alive` as somebody else starts it: by a script whose standard error is a file. */
export class Service {
  #supervisor: ChildProcess | undefined

  private constructor(
    readonly scene: Scene,
    /** What is to be run in the foreground. */
    readonly script: string,
  ) {}

  static async create(scene: Scene): Promise<Service> {
    const variables = {
      HOME: scene.host.home,
      CERTCTL_STATE_DIR: scene.host.stateDir,
      CERTCTL_CONFIG_DIR: scene.host.configDir,
      VAULT_ADDR: scene.vault.address,
      VAULT_TOKEN: scene.token,
    }
    const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`)
    const command = `'${process.execPath}' '${program}' vault keep-alive --log-format json --metrics-file '${scene.path('certctl.prom')}'`
    const script = await scene.write(
      'service/run',
      `#!/bin/sh\n${exports.join('')}exec ${command} 2>>'${scene.path('log')}'\n`,
      0o755,
    )
    return new Service(scene, script)
  }

  get directory(): string {
    return join(this.script, '..')
  }

  /** Starts who supervises; what is still there at the end of the test is killed. */
  supervise(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { cwd: this.scene.path(), stdio: ['ignore', 'ignore', 'inherit'] })
    this.scene.atEnd(async () => {
      child.kill('SIGKILL')
      for (const pid of await this.processes()) process.kill(pid, 'SIGKILL')
      await ended(child)
    })
    return (this.#supervisor = child)
  }

  async log(): Promise<readonly string[]> {
    const text = await readFile(this.scene.path('log'), 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1)
  }

  async waitFor(message: string, times = 1): Promise<void> {
    const count = async () => (await this.log()).filter((line) => line.includes(`"${message}"`)).length
    await until(async () => (await count()) >= times, { what: () => `"${message}" ${times} times` })
  }

  /** The processes of keep-alive, found by the file that only this one writes. */
  async processes(): Promise<readonly number[]> {
    const mark = this.scene.path('certctl.prom')
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
    return pids.filter((_, index) => lines[index]!.includes(mark)).map(Number)
  }

  /** Also those that its supervisor has, itself included. */
  async untilNothingIsLeft(): Promise<void> {
    if (this.#supervisor) await ended(this.#supervisor)
    await until(async () => (await this.processes()).length === 0, { what: () => 'the end of all processes' })
  }
}

export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}
