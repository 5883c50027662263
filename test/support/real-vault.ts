import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type VaultReply, askVault } from './ask-vault.ts'
import { makePkiFixture } from './real-vault-fixture.ts'
import { type PolicyRules, formatPolicy } from './vault-fixture.ts'
import { freePort } from './free-port.ts'
import { type VaultProcess, startVaultProcess } from './vault-process.ts'
import { type CreatedToken, type TokenOptions, type VaultServer, tokenCreation } from './vault-server.ts'

export interface RealVaultOptions {
  /** The program that `scripts/build-vault.mjs` makes; default is what `CERTCTL_TEST_VAULT` names. */
  readonly program?: string
  /** HTTPS with a CA of the server's own making, see `caFile`. */
  readonly tls?: boolean
  /** Default true: mounts, roles and policies of the fixture. */
  readonly fixture?: boolean
}

/** Starts a Vault in dev mode on a free port of 127.0.0.1, with a home of its own. */
export async function startRealVault(options: RealVaultOptions = {}): Promise<RealVault> {
  const program = options.program ?? testedVault()
  const home = await mkdtemp(join(tmpdir(), 'certctl-vault-'))
  try {
    const vault = await start(program, home, options)
    if (options.fixture ?? true) await makePkiFixture(vault)
    return vault
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
}

export function testedVault(): string {
  const program = process.env.CERTCTL_TEST_VAULT
  if (program !== undefined) return program
  throw new Error('CERTCTL_TEST_VAULT names no Vault; run "npm run test:vault", which builds one')
}

async function start(program: string, home: string, options: RealVaultOptions): Promise<RealVault> {
  const port = await freePort()
  const address = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const vaultProcess = await startVaultProcess({
    program,
    home,
    address,
    announcement: /^Root Token: /m,
    args: [
      '-dev',
      `-dev-root-token-id=${rootToken}`,
      `-dev-listen-address=127.0.0.1:${port}`,
      '-dev-no-store-token',
      ...(options.tls ? ['-dev-tls', `-dev-tls-cert-dir=${home}`] : []),
    ],
  })
  return new RealVault(address, rootToken, vaultProcess, home)
}

const rootToken = 'contract-root-token'

export class RealVault implements VaultServer {
  readonly kind = 'real'

  constructor(
    readonly address: string,
    readonly rootToken: string,
    protected process: VaultProcess,
    protected readonly home: string,
  ) {}

  /** Where a server with `tls` has put its CA. */
  get caFile(): string {
    return join(this.home, 'vault-ca.pem')
  }

  async createToken(options: TokenOptions = {}): Promise<CreatedToken> {
    const { auth } = await this.must('POST', 'auth/token/create', tokenCreation(options))
    return { token: String(auth?.client_token), accessor: String(auth?.accessor) }
  }

  async revokeToken(token: string): Promise<void> {
    await this.must('POST', 'auth/token/revoke', { token })
  }

  async tuneMaxTokenTtl(max: string | undefined): Promise<void> {
    await this.must('POST', 'sys/auth/token/tune', { max_lease_ttl: max ?? '0' })
  }

  async writePolicy(name: string, rules: PolicyRules): Promise<void> {
    await this.must('PUT', `sys/policies/acl/${name}`, { policy: formatPolicy(rules) })
  }

  async seal(): Promise<void> {
    await this.must('PUT', 'sys/seal')
  }

  /** Ends when the server answers for its mounts again, which it does a moment after the last key. */
  async unseal(): Promise<void> {
    await this.must('PUT', 'sys/unseal', { key: this.unsealKey })
    await this.untilActive()
  }

  protected async untilActive(): Promise<void> {
    while ((await this.request('GET', 'auth/token/lookup-self', undefined, this.rootToken)).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  request(method: string, path: string, body?: unknown, token?: string): Promise<VaultReply> {
    return askVault(this.address, { method, path: `/v1/${path}`, body, token, tls: { rejectUnauthorized: false } })
  }

  /** A request of the root token that has to work; answers the document, empty for a 204. */
  async must(method: string, path: string, body?: unknown): Promise<NonNullable<VaultReply['json']>> {
    const reply = await this.request(method, path, body, this.rootToken)
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`)
    return reply.json ?? {}
  }

  async stop(): Promise<void> {
    await this.process.stop()
    await rm(this.home, { recursive: true, force: true })
  }

  /** Dev mode prints it. */
  protected get unsealKey(): string {
    return /^Unseal Key: (\S+)$/m.exec(this.process.output())![1]!
  }
}
