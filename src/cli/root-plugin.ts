import type { Command } from '@oclif/core/command'

export interface Manifest {
  readonly version: string
  readonly commands: Readonly<Record<string, Command.Cached>>
}

const topics = {
  vault: { description: 'look at the Vault token and keep it alive' },
  local: { description: 'the embedded CA' },
  profile: { description: 'saved settings' },
  generate: { description: 'files for the place that certctl runs in' },
}

/** The one oclif plugin, made from the manifest in memory: reading it back from files costs start-up time. */
export function rootPlugin(manifest: Manifest, root: string, load: (id: string) => Promise<Command.Class>) {
  const pjson = {
    name: 'certctl',
    version: manifest.version,
    oclif: { bin: 'certctl', dirname: 'certctl', topicSeparator: ' ', topics, additionalHelpFlags: ['-h'] },
  }
  const plugin = {
    _base: `certctl@${manifest.version}`,
    alias: 'certctl',
    commandIDs: Object.keys(manifest.commands),
    commands: [] as Command.Loadable[],
    commandsDir: undefined,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    moduleType: 'commonjs' as const,
    name: 'certctl',
    options: { root },
    pjson,
    root,
    topics: Object.entries(topics).map(([name, topic]) => ({ name, ...topic })),
    type: 'core',
    valid: true,
    version: manifest.version,
    load: () => Promise.resolve(),
    async findCommand(id: string) {
      const command = await load(id)
      command.id = id
      return command
    },
  }
  plugin.commands = Object.entries(manifest.commands).map(([id, cached]) => ({
    ...cached,
    load: () => plugin.findCommand(id),
  }))
  return plugin
}
