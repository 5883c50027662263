import { Flags } from '@oclif/core'
import type { GeneratedFile } from '../../generate/generated-file.ts'
import { writeGeneratedFiles } from '../../operations/write-generated-files.ts'
import { CertctlCommand } from '../certctl-command.ts'
import { generatedDocument, generatedText, writtenText } from '../views/generated-view.ts'

export const outFlags = {
  out: Flags.string({ description: 'write into this directory, in place of standard output', helpValue: 'DIR' }),
  force: Flags.boolean({ description: 'replace a file that differs', dependsOn: ['out'] }),
}

interface OutFlags {
  readonly out?: string | undefined
  readonly force: boolean
}

/** What the commands that make files for others have in common: print them, or put them where they belong. */
export abstract class GenerateCommand extends CertctlCommand {
  protected async deliver(files: readonly GeneratedFile[], { out, force }: OutFlags): Promise<unknown> {
    if (out === undefined) {
      this.print(generatedText(files))
      return generatedDocument(files, this.cautions)
    }
    const written = await writeGeneratedFiles(files, out, { mayReplace: force })
    this.print(writtenText(written))
    return generatedDocument(written, this.cautions)
  }
}
