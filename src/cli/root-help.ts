import type { Config } from '@oclif/core/config'
import { Help } from '@oclif/core/help'

/** What `certctl --help` prints. A file of its own, loaded only to make that text: help is a third of oclif. */
export async function rootHelp(config: Config): Promise<string> {
  const lines: string[] = []
  class TextHelp extends Help {
    protected override log(...texts: string[]): void {
      lines.push(texts.join(' '))
    }
  }
  await new TextHelp(config, { maxWidth: 100, stripAnsi: true }).showHelp([])
  return `${lines.join('\n')}\n`
}
