import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/**
 * Writes what is to be known of the commands without loading them: whole for help, and by itself the little that a run
 * asks for, since a hundred kilobytes of it take as long to read and keep as a command itself. Then the texts that the
 * launcher prints without loading anything.
 */
export async function writeManifest({ root, dist, version }) {
  const { cacheCommand } = require(join(root, 'node_modules/@oclif/core/lib/util/cache-command.js'))
  const { commandLoaders, renderRootHelp } = require(join(dist, 'main.cjs'))
  const commands = {}
  for (const [id, load] of Object.entries(commandLoaders)) {
    const command = (await load()).default
    command.id = id
    const cached = await cacheCommand(command, { name: 'certctl', type: 'core' }, false)
    commands[id] = { ...cached, usage: cached.usage ?? usageOf(cached) }
  }
  const manifest = { version, commands }
  writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest))
  writeFileSync(join(dist, 'commands.json'), JSON.stringify(forRuns(manifest)))
  writeFileSync(join(dist, 'help.txt'), await renderRootHelp(manifest, root))
  writeFileSync(join(dist, 'version.txt'), `certctl/${version} PLATFORM node-NODE\n`)
}

/** Flags are listed right below; all of them in a row, as oclif would have it, are a wall of two dozen lines. */
function usageOf({ id, strict, args }) {
  const more = strict ? '' : '...'
  const words = Object.values(args)
    .map(({ name, required }) => [name.toUpperCase() + more, required])
    .map(([word, isRequired]) => (isRequired ? word : `[${word}]`))
  return [id.replaceAll(':', ' '), ...words, '[FLAGS]'].join(' ')
}

/** Where the words of a command end and its arguments begin. */
function forRuns({ version, commands }) {
  const brief = ({ id, strict, args }) => ({
    id,
    strict,
    args: Object.fromEntries(Object.keys(args).map((name) => [name, {}])),
  })
  return {
    version,
    commands: Object.fromEntries(Object.entries(commands).map(([id, command]) => [id, brief(command)])),
  }
}
