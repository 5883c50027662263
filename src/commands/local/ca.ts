import { CertctlCommand } from '../../cli/certctl-command.ts'
import { openLocal } from '../../cli/compose.ts'
import { describeCertificate } from '../../pki/certificate.ts'

export default class LocalCa extends CertctlCommand {
  static override summary = "Print the embedded CA's certificate as PEM."
  static override examples = [
    '<%= config.bin %> local ca > ca.pem',
    'curl --cacert <(<%= config.bin %> local ca) https://localhost:8443',
  ]

  async run(): Promise<unknown> {
    await this.parse(LocalCa)
    const { chain, root } = await (await openLocal()).chain(this.interruption)
    const all = [...chain, ...(root ? [root] : [])]
    const pem = all.map((certificate) => certificate.pem).join('')
    this.print(pem)
    return { schema: 1, certificates: all.map(describeCertificate), pem, warnings: this.cautions }
  }
}
