import { Flags } from '@oclif/core'
import { CertctlCommand } from '../../cli/certctl-command.ts'
import { localCaDirectory } from '../../cli/compose.ts'
import { durationFlag } from '../../cli/duration-flag.ts'
import { keyTypeFlag } from '../../cli/issue-flags.ts'
import { authorityDocument, authorityText } from '../../cli/views/authority-view.ts'
import { systemClock } from '../../core/clock.ts'
import { readTextFile } from '../../files/read-text-file.ts'

export default class LocalInit extends CertctlCommand {
  static override summary = 'Make the embedded CA.'
  static override description = 'It is made at the first issue, too; this names it, or takes over a CA that exists.'
  static override examples = [
    '<%= config.bin %> local init',
    '<%= config.bin %> local init --name "Staging CA" --key-type ec384 --validity 730d',
    '<%= config.bin %> local init --cert ca.pem --key ca-key.pem',
  ]
  static override flags = {
    name: Flags.string({ description: "the CA's common name", helpValue: 'NAME', exclusive: ['cert'] }),
    'key-type': keyTypeFlag({ exclusive: ['cert'] }),
    validity: durationFlag({
      description: 'how long the CA lasts; 3650d by default',
      exclusive: ['cert'],
      aliases: ['ttl'],
    }),
    cert: Flags.string({
      description: "an existing CA's certificate, its issuers after it",
      helpValue: 'FILE',
      dependsOn: ['key'],
    }),
    key: Flags.string({ description: "an existing CA's private key", helpValue: 'FILE', dependsOn: ['cert'] }),
    force: Flags.boolean({ description: 'replace the CA that is there; it is kept beside' }),
  }

  async run(): Promise<unknown> {
    const { flags } = await this.parse(LocalInit)
    const { createAuthority } = await import('../../connectors/local/certificate-authority.ts')
    const existing =
      flags.cert !== undefined && flags.key !== undefined
        ? { certificates: await readTextFile(flags.cert), key: await readTextFile(flags.key) }
        : undefined
    const created = await createAuthority({
      directory: localCaDirectory(),
      clock: systemClock,
      commonName: flags.name,
      keyType: flags['key-type'],
      validity: flags.validity,
      existing,
      force: flags.force,
    })
    this.print(authorityText(created, localCaDirectory(), systemClock.now()))
    return authorityDocument(created, localCaDirectory(), this.cautions)
  }
}
