import { run } from '@oclif/core/run'
import type { Command } from '@oclif/core/command'
import { Config } from '@oclif/core/config'
import { settings } from '@oclif/core/settings'
import { commandLoaders } from './commands/command-loaders.ts'
import { processEnvironment } from './config/environment.ts'
import { UsageError } from './core/errors.ts'
import { chooseColours } from './cli/colours.ts'
import { earlyEnd } from './cli/early-end.ts'
import { presentError } from './cli/present-error.ts'
import { rootPlugin, type Manifest } from './cli/root-plugin.ts'
import { flushOutput, tolerateFailedOutput } from './cli/output.ts'
import { asksOfCommands, unknownCommand } from './cli/unknown-command.ts'

export { commandLoaders } from './commands/command-loaders.ts'

/** The files that the build made of the commands: all that is to be said of them, or what a run of one needs. */
type ReadManifest = (file: 'manifest' | 'commands') => Manifest

/** Runs one command line to its end, output flushed; answers the exit status. */
export async function main(typed: readonly string[], read: ReadManifest, root: string): Promise<number> {
  const argv = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed
  tolerateFailedOutput()
  chooseColours(processEnvironment(), process.stdout, process.stderr)
  settings.enableAutoTranspile = false
  try {
    const ids = Object.keys(commandLoaders)
    const unknown = unknownCommand(argv, ids)
    if (unknown !== undefined) throw new UsageError(unknown, { hint: 'certctl --help lists the commands' })
    const manifest = read(asksOfCommands(argv, ids) ? 'manifest' : 'commands')
    const early = await Promise.race([
      run([...argv], loadOptions(manifest, root)).then(() => undefined),
      earlyEnd.requested,
    ])
    if (early !== undefined) process.exitCode = early
  } catch (error) {
    process.exitCode = presentError(error, { json: wantsJson(argv) })
  }
  const failure = await flushOutput()
  if (failure) process.exitCode ||= presentError(failure, { json: false })
  return Number(process.exitCode ?? 0)
}

/** What stands behind `--` is for another program. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** The text of `certctl --help`, made at build time. */
export async function renderRootHelp(manifest: Manifest, root: string): Promise<string> {
  const { rootHelp } = await import('./cli/root-help.ts')
  return rootHelp(await Config.load(loadOptions(manifest, root)))
}

function loadOptions(manifest: Manifest, root: string): { root: string; plugins: Map<string, never> } {
  const plugin = rootPlugin(manifest, root, async (id) => {
    const load = commandLoaders[id]
    if (load === undefined) throw new Error(`no command ${id}`)
    return (await load()).default as Command.Class
  })
  return { root, plugins: new Map([[plugin.name, plugin as never]]) }
}
