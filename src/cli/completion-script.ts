import type { Command } from '@oclif/core/command'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

interface Completed {
  /** As typed, such as `vault token-status`. */
  readonly words: string
  readonly summary: string
  readonly flags: readonly CompletedFlag[]
}

interface CompletedFlag {
  readonly name: string
  readonly description: string
  readonly takesValue: boolean
  readonly options: readonly string[]
}

/** A script that completes commands, flags and the words that flags take; file names elsewhere. */
export function completionScript(shell: Shell, commands: readonly Command.Cached[]): string {
  const completed = commands.filter(({ hidden }) => !hidden).map(describe)
  const writers = { bash: bashScript, zsh: zshScript, fish: fishScript }
  return writers[shell](completed)
}

function describe({ id, summary, flags }: Command.Cached): Completed {
  return {
    words: id.replaceAll(':', ' '),
    summary: summary ?? '',
    flags: [
      ...Object.values(flags),
      { name: 'help', type: 'boolean', description: 'show help' } as Command.Flag.Cached,
    ].map(describeFlag),
  }
}

function describeFlag(flag: Command.Flag.Cached): CompletedFlag {
  const options = 'options' in flag ? flag.options : []
  return {
    name: flag.name,
    description: flag.summary ?? flag.description ?? '',
    takesValue: flag.type === 'option',
    options,
  }
}

function nextWords(commands: readonly Completed[], before: string): readonly string[] {
  const prefix = before === '' ? '' : `${before} `
  const next = commands
    .filter(({ words }) => words.startsWith(prefix))
    .map(({ words }) => words.slice(prefix.length).split(' ')[0] ?? '')
  return [...new Set(next)].filter((word) => word !== '')
}

function topics(commands: readonly Completed[]): readonly string[] {
  return [...new Set(commands.flatMap(({ words }) => (words.includes(' ') ? [words.split(' ')[0] ?? ''] : [])))]
}

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(({ words, flags }) => {
    const values = flags.filter(({ options }) => options.length > 0)
    const valueCases = values
      .map(
        ({ name, options }) =>
          `      --${name}) COMPREPLY=($(compgen -W "${options.join(' ')}" -- "$cur")); return ;;\n`,
      )
      .join('')
    return (
      `    "${words}")\n` +
      (valueCases === '' ? '' : `      case "$prev" in\n${valueCases}      esac\n`) +
      `      [[ $cur == -* ]] && COMPREPLY=($(compgen -W "${flags.map(({ name }) => `--${name}`).join(' ')}" -- "$cur")) ;;\n`
    )
  })
  const levels = ['', ...topics(commands)].map(
    (before) => `    "${before}") COMPREPLY=($(compgen -W "${nextWords(commands, before).join(' ')}" -- "$cur")) ;;\n`,
  )
  return (
    '_certctl() {\n' +
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="" word\n' +
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do\n' +
    '    [[ $word == -* ]] && break\n' +
    `    case "\${command:+$command }$word" in ${[...topics(commands), ...commands.map(({ words }) => words)].map((words) => `"${words}"`).join('|')}) command="\${command:+$command }$word" ;; *) break ;; esac\n` +
    '  done\n' +
    '  case "$command" in\n' +
    levels.join('') +
    cases.join('') +
    '  esac\n' +
    '}\n' +
    'complete -o default -F _certctl certctl\n'
  )
}

function zshScript(commands: readonly Completed[]): string {
  return `#compdef certctl\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`
}

function fishScript(commands: readonly Completed[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
  const seen = (words: string): string =>
    words
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ')
  const top = nextWords(commands, '').map((word) => `complete -c certctl -n __fish_use_subcommand -f -a ${word}\n`)
  const below = topics(commands).map(
    (topic) =>
      `complete -c certctl -n ${quote(`__fish_seen_subcommand_from ${topic}`)} -f -a ${quote(nextWords(commands, topic).join(' '))}\n`,
  )
  const flags = commands.flatMap(({ words, flags: all }) =>
    all.map(
      ({ name, description, takesValue, options }) =>
        `complete -c certctl -n ${quote(seen(words))} -l ${name}${takesValue ? ' -r' : ''}${options.length > 0 ? ` -f -a ${quote(options.join(' '))}` : ''} -d ${quote(description)}\n`,
    ),
  )
  return [...top, ...below, ...flags].join('')
}
