import { Args, Flags } from '@oclif/core'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { assertCanConfirm, confirm } from '../cli/confirm.ts'
import { ownHost } from '../cli/own-host.ts'
import { issuerOf } from '../cli/renewal-issuers.ts'
import { ownStateDirectory } from '../cli/host-settings.ts'
import { profileFlag, revokerSettings, settingFlags } from '../cli/setting-flags.ts'
import { revocationDocument, revocationQuestion, revocationText } from '../cli/views/revocation-view.ts'
import { locateCertificate } from '../operations/locate-certificate.ts'
import { revokeCertificate } from '../operations/revoke-certificate.ts'
import { revocationReasons } from '../pki/revocation-reasons.ts'

export default class Revoke extends CertctlCommand {
  static override summary = 'Revoke a certificate at its issuer.'
  static override description =
    'A directory that certctl issued is revoked at the issuer that it came from; a file or a serial at the one that the settings name. What is revoked already stays revoked from the first time. The files stay where they are; where a directory of this host holds the certificate, status tells that it was revoked and the next renew replaces it.'
  static override examples = [
    '<%= config.bin %> revoke /etc/tls/web',
    '<%= config.bin %> revoke old.pem --mount pki_int --yes',
    '<%= config.bin %> revoke 3f:0a:91:5c --yes',
    '<%= config.bin %> revoke localhost --reason keyCompromise',
  ]
  static override args = {
    certificate: Args.string({
      description: 'directory that certctl issued, file with the certificate, or its serial in hex',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    reason: Flags.option({
      description: 'why, for the revocation list of the embedded CA; Vault records no reason',
      options: revocationReasons,
      helpValue: 'REASON',
    })(),
    yes: Flags.boolean({ description: 'do not ask first' }),
    profile: profileFlag,
    ...settingFlags(revokerSettings),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Revoke)
    assertCanConfirm('a revocation', flags.yes)
    const target = await locateCertificate(args.certificate, ownStateDirectory())
    const { connector } = await issuerOf(target.record, flags, (settings) => this.surroundings(settings))
    const isMeant = flags.yes || (await confirm(revocationQuestion(target, connector)))
    const order = { reason: flags.reason, host: ownHost() }
    const revocation = isMeant
      ? await this.waiting('asking the issuer', () => revokeCertificate(connector, target, order, this.interruption))
      : undefined
    revocation?.warnings.forEach((warning) => this.caution(warning))
    this.print(revocationText(target, revocation, connector))
    return revocationDocument(target, revocation, connector, this.cautions)
  }
}
