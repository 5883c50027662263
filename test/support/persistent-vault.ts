import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { askVault } from './ask-vault.ts'
import { RealVault, testedVault } from './real-vault.ts'
import { freePort } from './free-port.ts'
import type { KeyAndCertificate } from './test-ca.ts'
import { type VaultCommand, startVaultProcess } from './vault-process.ts'

export interface PersistentVaultOptions {
  /** Default `tcp`, plain HTTP on a port of 127.0.0.1 that stays the same. */
  readonly listen?: 'tcp' | 'unix'
  /** For HTTPS. */
  readonly certificate?: KeyAndCertificate
  /** Makes it a node of a cluster; else it keeps its data in files. */
  readonly raft?: RaftOptions
}

export interface RaftOptions {
  readonly node: string
  /** A port of 127.0.0.1 for what the nodes tell each other. */
  readonly port: number
  /** Address of the node to join. */
  readonly leader?: string
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
    const tls = { rejectUnauthorized: false }
    const { json } = await askVault(address, { method: 'PUT', path: '/v1/sys/init', body: once, tls })
    const vault = new PersistentVault(address, String(json?.root_token), process, home, command)
    vault.#unsealKey = (json?.keys_base64 as readonly string[])[0]!
    await vault.unseal()
    return vault
  }

  /** A node of the raft of one that is initialised; it has to be able to find that one by itself. */
  static async join(
    { command, address, home, process }: UninitializedVault,
    first: PersistentVault,
  ): Promise<PersistentVault> {
    const vault = new PersistentVault(address, first.rootToken, process, home, command)
    vault.#unsealKey = first.#unsealKey
    // Until it has joined it answers that it is not initialised.
    while ((await vault.request('PUT', 'sys/unseal', { key: vault.unsealKey })).status !== 200) await wait(100)
    await vault.untilActive()
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

  /** Ends it as a lost machine does. */
  async kill(): Promise<void> {
    await this.process.stop('SIGKILL')
  }

  /** Brings it back, sealed as every Vault comes back. */
  async resume(): Promise<void> {
    this.process = await startVaultProcess(this.#command)
  }

  /** Comes back with another certificate, unsealed: who only reads it again goes on with sessions that it had. */
  async restartWith(certificate: KeyAndCertificate): Promise<void> {
    await this.halt()
    await writeCertificate(this.home, certificate)
    await this.resume()
    await this.unseal()
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

export async function startUninitialized({
  listen = 'tcp',
  certificate,
  raft,
}: PersistentVaultOptions = {}): Promise<UninitializedVault> {
  const home = await mkdtemp(join(tmpdir(), 'certctl-vault-'))
  const port = await freePort()
  const socket = join(home, 'vault.sock')
  const scheme = certificate ? 'https' : 'http'
  const address = listen === 'unix' ? `unix://${socket}` : `${scheme}://127.0.0.1:${port}`
  const config = join(home, 'vault.hcl')
  // Raft does not make its directory by itself.
  await mkdir(join(home, 'data'))
  if (certificate) await writeCertificate(home, certificate)
  await writeFile(config, configuration({ home, port, scheme, raft, socket: listen === 'unix' ? socket : undefined }))
  const command = { program: testedVault(), home, address, args: [`-config=${config}`] }
  try {
    return { address, home, command, process: await startVaultProcess(command) }
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
}

interface Layout {
  readonly home: string
  readonly port: number
  readonly scheme: 'http' | 'https'
  readonly socket: string | undefined
  readonly raft: RaftOptions | undefined
}

function configuration({ home, port, scheme, socket, raft }: Layout): string {
  const { cert, key } = certificateFiles(home)
  const tls = scheme === 'https' ? `tls_cert_file = "${cert}"\n  tls_key_file = "${key}"` : 'tls_disable = true'
  const clusterListener = raft ? `  cluster_address = "127.0.0.1:${raft.port}"\n` : ''
  return [
    raft ? raftStorage(join(home, 'data'), raft) : `storage "file" { path = "${join(home, 'data')}" }`,
    `listener "tcp" {\n  address = "127.0.0.1:${port}"\n${clusterListener}  ${tls}\n}`,
    // Without a port to listen on it finds no cluster address and stays sealed, so a socket comes beside it.
    ...(socket === undefined ? [] : [`listener "unix" { address = "${socket}" }`]),
    `api_addr = "${scheme}://127.0.0.1:${port}"`,
    ...(raft ? [`cluster_addr = "http://127.0.0.1:${raft.port}"`] : []),
    'disable_mlock = true',
    '',
  ].join('\n')
}

function raftStorage(path: string, { node, leader }: RaftOptions): string {
  return [
    'storage "raft" {',
    `  path = "${path}"`,
    `  node_id = "${node}"`,
    // The default is made for slow machines: an election would take a good part of a minute.
    '  performance_multiplier = 1',
    ...(leader === undefined ? [] : [`  retry_join { leader_api_addr = "${leader}" }`]),
    '}',
  ].join('\n')
}

export async function stopUninitialized({ process, home }: UninitializedVault): Promise<void> {
  await process.stop()
  await rm(home, { recursive: true, force: true })
}

function certificateFiles(home: string): KeyAndCertificate {
  return { cert: join(home, 'vault-cert.pem'), key: join(home, 'vault-key.pem') }
}

async function writeCertificate(home: string, { cert, key }: KeyAndCertificate): Promise<void> {
  const files = certificateFiles(home)
  await writeFile(files.cert, cert)
  await writeFile(files.key, key, { mode: 0o600 })
}
