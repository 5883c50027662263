import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askVault } from './ask-vault.ts'
import { RealVault, testedVault } from './real-vault.ts'
import { type VaultCommand, freePort, startVaultProcess } from './vault-process.ts'

export interface PersistentVaultOptions {
  /** Default `tcp`, plain HTTP on a port of 127.0.0.1 that stays the same. */
  readonly listen?: 'tcp' | 'unix'
}

/** A Vault that keeps its data in files: what it knows is there again when it comes back, sealed, from a stop. */
export class PersistentVault extends RealVault {
  #unsealKey = ''

  /** Initialised and unsealed. */
  static async start(options: PersistentVaultOptions = {}): Promise<PersistentVault> {
    return this.initialize(await startUninitialized(options))
  }

  static async initialize({ command, address, home, process }: UninitializedVault): Promise<PersistentVault> {
    const once = { secret_shares: 1, secret_threshold: 1 }
    const { json } = await askVault(address, { method: 'PUT', path: '/v1/sys/init', body: once })
    const vault = new PersistentVault(address, String(json?.root_token), process, home, command)
    vault.#unsealKey = (json?.keys_base64 as readonly string[])[0]!
    await vault.unseal()
    return vault
  }

  private constructor(
    ...[address, rootToken, process, home, command]: [...ConstructorParameters<typeof RealVault>, VaultCommand]
  ) {
    super(address, rootToken, process, home)
    this.#command = command
  }

  readonly #command: VaultCommand

  /** Ends the server as an operator would; its data stay. */
  async halt(): Promise<void> {
    await this.process.stop()
  }

  /** Brings it back, sealed as every Vault comes back. */
  async resume(): Promise<void> {
    this.process = await startVaultProcess(this.#command)
  }

  protected override get unsealKey(): string {
    return this.#unsealKey
  }
}

/** A server that nobody has initialised yet. */
export interface UninitializedVault {
  readonly address: string
  readonly home: string
  readonly command: VaultCommand
  readonly process: Awaited<ReturnType<typeof startVaultProcess>>
}

export async function startUninitialized({ listen = 'tcp' }: PersistentVaultOptions = {}): Promise<UninitializedVault> {
  const home = await mkdtemp(join(tmpdir(), 'certctl-vault-'))
  const port = await freePort()
  const socket = join(home, 'vault.sock')
  const address = listen === 'unix' ? `unix://${socket}` : `http://127.0.0.1:${port}`
  const config = join(home, 'vault.hcl')
  await writeFile(config, configuration(home, port, listen === 'unix' ? socket : undefined))
  const command = { program: testedVault(), home, address, args: [`-config=${config}`] }
  try {
    return { address, home, command, process: await startVaultProcess(command) }
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
}

/** Without a port to listen on it finds no cluster address and stays sealed, so a socket comes beside it. */
function configuration(home: string, port: number, socket: string | undefined): string {
  return [
    `storage "file" { path = "${join(home, 'data')}" }`,
    `listener "tcp" {\n  address = "127.0.0.1:${port}"\n  tls_disable = true\n}`,
    ...(socket === undefined ? [] : [`listener "unix" { address = "${socket}" }`]),
    `api_addr = "http://127.0.0.1:${port}"`,
    'disable_mlock = true',
    '',
  ].join('\n')
}

export async function stopUninitialized({ process, home }: UninitializedVault): Promise<void> {
  await process.stop()
  await rm(home, { recursive: true, force: true })
}
