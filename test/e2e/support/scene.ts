import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { test as plain } from 'vitest'
import { type FakeVault, type FakeVaultOptions, startFakeVault } from '../../support/fake-vault.ts'
import {
  type Run,
  type RunOptions,
  type RunningCertctl,
  type TestHost,
  makeTestHost,
  runCertctl,
  spawnCertctl,
} from '../../support/run-certctl.ts'
import type { TokenOptions } from '../../support/vault-server.ts'
import { Turns } from './turns.ts'

/** A host that no run has touched yet, and a fake Vault of its own. */
export const test = plain.extend('scene', async ({}, { onCleanup }) => {
  const scene = await Scene.create()
  onCleanup(() => scene.end())
  return scene
})

/** More at once only take each other's processor. */
const turns = new Turns(3 * availableParallelism())

export type SceneOptions = Omit<RunOptions, 'host'>

export interface FreshToken {
  /** Made at the moment of the start and used by it: a short one would age while its process waits for its turn. */
  readonly freshToken?: TokenOptions
}

export class Scene {
  readonly #endings: (() => Promise<unknown>)[] = []

  private constructor(
    readonly host: TestHost,
    readonly vault: FakeVault,
    /** An ordinary one with the policy `pki`. */
    readonly token: string,
  ) {}

  static async create(): Promise<Scene> {
    const [host, vault] = await Promise.all([makeTestHost(), startFakeVault()])
    const { token } = await vault.createToken({ ttl: '1h' })
    const scene = new Scene(host, vault, token)
    scene.atEnd(() => host.remove())
    scene.atEnd(() => vault.stop())
    return scene
  }

  /** Runs before what was there earlier is taken down. */
  atEnd(ending: () => Promise<unknown>): void {
    this.#endings.unshift(ending)
  }

  async end(): Promise<void> {
    for (const ending of this.#endings) await ending()
  }

  /** A second server. */
  async startVault(options: FakeVaultOptions): Promise<FakeVault> {
    const vault = await startFakeVault(options)
    this.atEnd(() => vault.stop())
    return vault
  }

  async createToken(options?: TokenOptions): Promise<string> {
    return (await this.vault.createToken(options)).token
  }

  /** With the fake's address, its token and the role `any`, unless `env` says otherwise. */
  run(args: readonly string[], options: SceneOptions = {}): Promise<Run> {
    return turns.take(() => runCertctl(args, this.#withVault(options)))
  }

  /** Started in its turn, which is over when it is awake; killed at the end of the test when it is still there. */
  async spawn(args: readonly string[], options: SceneOptions & FreshToken = {}): Promise<RunningCertctl> {
    const running = await new Promise<RunningCertctl>((resolve, reject) => {
      const start = async () => {
        const started = await this.#start(args, options)
        resolve(started)
        await untilAwake(started)
      }
      turns.take(start).catch(reject)
    })
    this.atEnd(async () => {
      running.kill('SIGKILL')
      await running.ended
    })
    return running
  }

  /** Below the directory that commands run in. */
  path(...names: readonly string[]): string {
    return join(this.host.workDir, ...names)
  }

  /** Makes a file, mode 0600, below the directory that commands run in. */
  async write(name: string, content: string, mode = 0o600): Promise<string> {
    const path = this.path(name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { mode })
    return path
  }

  async #start(args: readonly string[], { freshToken, ...others }: SceneOptions & FreshToken): Promise<RunningCertctl> {
    const token = freshToken && { VAULT_TOKEN: await this.createToken(freshToken) }
    return spawnCertctl(args, this.#withVault({ ...others, env: { ...others.env, ...token } }))
  }

  #withVault(options: SceneOptions): RunOptions {
    const env = { VAULT_ADDR: this.vault.address, VAULT_TOKEN: this.token, CERTCTL_VAULT_ROLE: 'any', ...options.env }
    return { ...options, host: this.host, env }
  }
}

/** Until it has said something, has ended, or is quiet by nature. */
async function untilAwake({ output, ended }: RunningCertctl): Promise<void> {
  const hasEnded = ended.then(() => true)
  for (let tries = 0; tries < 50 && output.stderr === ''; tries += 1) {
    if (await Promise.race([hasEnded, wait(20, false)])) return
  }
}
