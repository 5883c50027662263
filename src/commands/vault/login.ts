import { Flags } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { openVault } from '../../cli/compose.ts'
import { loadSettings } from '../../cli/host-settings.ts'
import { loginFlags } from '../../cli/login/login-flags.ts'
import { asksPerson, loginMethod } from '../../cli/login/login-method.ts'
import { writeOutput } from '../../cli/output.ts'
import { profileFlag, settingFlags, tokenSettings } from '../../cli/setting-flags.ts'
import { openSinks, wrapTtlOf } from '../../cli/login/sinks.ts'
import { tokenDocument, tokenText } from '../../cli/views/token-view.ts'
import type { LoginEvent } from '../../connectors/vault/login/login-event.ts'
import type { Sink } from '../../connectors/vault/login/token-handout.ts'
import type { TokenFacts } from '../../connectors/vault/token/token-api.ts'
import type { VaultConnector } from '../../connectors/vault/vault-connector.ts'
import { systemClock } from '../../core/clock.ts'
import { UsageError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { loginStatus } from '../../operations/login-status.ts'

export default class VaultLogin extends CertctlCommand {
  static override summary = 'Log in to Vault and put the token where it is needed.'
  static override description =
    'The token goes to the sinks, each a file of mode 0600 that is replaced as a whole, and to the screen only with --print-token.'
  static override examples = [
    '<%= config.bin %> vault login --auth approle --role-id-file role-id --secret-id-file secret-id --sink /run/certctl/vault-token',
    '<%= config.bin %> vault login --auth userpass --username alice --sink ~/.vault-token',
    'export VAULT_TOKEN=$(<%= config.bin %> vault login --auth jwt --jwt-file id-token --auth-role ci --print-token)',
  ]
  static override flags = {
    'print-token': Flags.boolean({
      description: 'print the token, and nothing else, on standard output',
      helpGroup: 'LOGIN',
    }),
    ...loginFlags,
    profile: profileFlag,
    ...settingFlags(tokenSettings.filter((key) => key !== 'tokenFile')),
  }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(VaultLogin)
    if (flags.auth === undefined)
      throw new UsageError('--auth is required', { hint: 'name a method, as in: --auth approle' })
    if (flags.sink === undefined && !flags['print-token']) {
      throw new UsageError('nobody would get the token', { hint: 'give --sink PATH or --print-token' })
    }
    if (flags['print-token'] && this.jsonEnabled()) {
      throw new UsageError('--print-token does not go with --json: no document holds a secret', {
        hint: 'give --sink PATH',
      })
    }
    const settings = await loadSettings(flags)
    const wrapTtl = wrapTtlOf(flags)
    const screen = { path: '-', write: (token: Secret) => printToken(token) }
    const events: LoginEvent[] = []
    const sinks = [...(await openSinks(flags)), ...(flags['print-token'] ? [screen] : [])]
    const connector = await openVault(settings, await this.surroundings(settings), {
      login: {
        method: await loginMethod(flags.auth, flags, settings),
        sinks,
        wrapTtl,
        firstToken: new Secret(''),
        keepOld: true,
        emit: (event) => events.push(event),
      },
    })
    const logIn = (): Promise<TokenFacts> => connector.takeNewToken({ signal: this.interruption })
    const facts = await (asksPerson(flags) ? logIn() : this.waiting('logging in', logIn))
    await connector.stop()
    await this.refuseLostToken(connector, sinks, events)
    const status = await loginStatus(connector, facts, systemClock, this.interruption)
    status.warnings.forEach((warning) => this.caution(warning))
    if (!flags['print-token']) this.print(tokenText(status))
    return tokenDocument(status, this.cautions, 'logged-in')
  }

  /** A sink without its token is a failure here; a token that nobody got is not left behind. */
  private async refuseLostToken(
    connector: VaultConnector,
    sinks: readonly Sink[],
    events: readonly LoginEvent[],
  ): Promise<void> {
    const failures = events.filter((event) => event.kind === 'sink-failed')
    const [failure] = failures
    if (!failure) return
    if (failures.length === sinks.length) {
      await connector.tokens.revokeSelf({ signal: this.interruption }).catch(() => undefined)
    }
    throw failure.error
  }
}

async function printToken(token: Secret): Promise<boolean> {
  await writeOutput(`${token.reveal()}\n`)
  return true
}
