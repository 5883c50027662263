import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/** Writes the command manifest, and the texts that the launcher prints without loading anything. */
export async function writeManifest({ root, dist, version }) {
  const { cacheCommand } = require(join(root, 'node_modules/@oclif/core/lib/util/cache-command.js'))
  const { commandLoaders, renderRootHelp } = require(join(dist, 'main.cjs'))
  const commands = {}
  for (const [id, load] of Object.entries(commandLoaders)) {
    const command = (await load()).default
    command.id = id
    commands[id] = await cacheCommand(command, { name: 'certctl', type: 'core' }, false)
  }
  const manifest = { version, commands }
  writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest))
  writeFileSync(join(dist, 'help.txt'), await renderRootHelp(manifest, root))
  writeFileSync(join(dist, 'version.txt'), `certctl/${version} PLATFORM node-NODE\n`)
}
