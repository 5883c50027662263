import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type TestContext } from 'vitest'
import { Turns } from '../e2e/support/turns.ts'
import { type Run, type RunOptions, type TestHost, makeTestHost, runCertctl } from '../support/run-certctl.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'

const turns = new Turns(4)

export interface HostOptions {
  /** Default: an ordinary one for an hour. */
  readonly token?: TokenOptions | string
  /** Another than the server's own, such as a proxy's. */
  readonly address?: string
  readonly env?: RunOptions['env']
}

/** A machine whose variables name a server and a token of it, as they do for the vault CLI. */
export class OperatorHost {
  private constructor(
    readonly host: TestHost,
    readonly token: string,
    private readonly env: NonNullable<RunOptions['env']>,
  ) {}

  static async create(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    server: VaultServer,
    { token = {}, address = server.address, env }: HostOptions = {},
  ): Promise<OperatorHost> {
    const text = typeof token === 'string' ? token : (await server.createToken({ ttl: '1h', ...token })).token
    const host = await makeTestHost()
    onTestFinished(() => host.remove())
    return new OperatorHost(host, text, { VAULT_ADDR: address, VAULT_TOKEN: text, ...env })
  }

  /** The token may stand in no output, at the level at which requests are logged. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const env = { ...this.env, CERTCTL_LOG_LEVEL: 'trace', CERTCTL_LOG_FORMAT: 'json', ...options.env }
    const run = await turns.take(() => runCertctl(args, { ...options, host: this.host, env }))
    if (`${run.stdout}${run.stderr}`.includes(this.token)) throw new Error('the token stands in the output')
    return run
  }
}

/** What openssl says to a leaf, its chain, which may be empty, and its root in a certificate directory. */
export async function opensslVerifies(directory: string, name: string): Promise<string> {
  const args = ['verify', '-x509_strict', '-verify_hostname', name, '-untrusted', 'fullchain.pem', '-CAfile', 'ca.pem']
  return (await promisify(execFile)('openssl', [...args, 'cert.pem'], { cwd: directory })).stdout
}
