import { Args, Flags } from '@oclif/core'
import { CertctlCommand } from '../cli/certctl-command.ts'
import { durationFlag } from '../cli/duration-flag.ts'
import { passwordSource } from '../cli/password-source.ts'
import { inspectionDocument, inspectionText } from '../cli/views/inspection-view.ts'
import { systemClock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { inspect } from '../operations/inspect.ts'
import { readRoots } from '../operations/inspection-roots.ts'
import { parseSan } from '../pki/names.ts'
import { startTlsProtocols } from '../probe/starttls-protocol.ts'

export default class Inspect extends CertctlCommand {
  static override summary =
    'Show what a certificate, key, request, bundle or live endpoint says, and what is wrong with it.'
  static override description =
    'Reads PEM, DER and PKCS#12. Of an endpoint it shows what the server sends, good or not; nothing is sent but a handshake. A private key is never printed. Problems are told, and are no error.'
  static override examples = [
    '<%= config.bin %> inspect /etc/tls/web',
    '<%= config.bin %> inspect fullchain.pem --name www.example.com',
    '<%= config.bin %> inspect example.com:443',
    '<%= config.bin %> inspect mail.example.com:25 --starttls smtp --json',
    '<%= config.bin %> inspect web.p12 --password-file web.pass --text',
    'openssl req -new -key my.key -subj /CN=db.example.com | <%= config.bin %> inspect -',
  ]
  static override args = {
    target: Args.string({
      description: 'FILE, directory, HOST:PORT, or - for standard input',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    name: Flags.string({
      description:
        'the name that the certificate should be for; of an endpoint also the one that it is asked for, its host by default',
      helpValue: 'NAME',
    }),
    starttls: Flags.option({ description: 'the protocol that goes on in TLS', options: startTlsProtocols })(),
    'ca-cert': Flags.string({
      description: 'file with the roots that a chain may end at, instead of the public ones, in PEM or DER',
      helpValue: 'FILE',
    }),
    'password-file': Flags.string({
      description: 'file with the password of a PKCS#12 file or a key; asked for on a terminal otherwise',
      helpValue: 'FILE',
    }),
    timeout: durationFlag({ description: 'how long an endpoint may take; 10s by default' }),
    text: Flags.boolean({ description: 'print all that is in it, laid out as openssl does', exclusive: ['json'] }),
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Inspect)
    const caFile = flags['ca-cert']
    const now = systemClock.now()
    const order = {
      target: args.target,
      name: flags.name === undefined ? undefined : parseSan(flags.name),
      anchors: caFile === undefined ? [] : await readRoots(caFile),
      startTls: flags.starttls,
      timeout: flags.timeout ?? Duration.ofSeconds(10),
      password: passwordSource(flags['password-file']),
      readStdin: () => this.readStdinBytes('-'),
      // Nothing else takes a while but a person who types a password, whose prompt it would wipe away.
      whileAsking: <Answer>(ask: () => Promise<Answer>) => this.waiting('asking the endpoint', ask),
      now,
    }
    const inspection = await inspect(order, this.interruption)
    if (flags.text) {
      const { dumpText } = await import('../cli/views/dump-view.ts')
      this.print(dumpText(inspection))
    } else this.print(inspectionText(inspection, now))
    return inspectionDocument(inspection, this.cautions)
  }
}
