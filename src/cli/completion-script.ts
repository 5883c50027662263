import type { Command } from '@oclif/core/command'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

interface Completed {
  /** As typed, such as `vault token-status`. */
  readonly words: string
  readonly summary: string
  /** Of its first argument. */
  readonly choices: Choices
  readonly flags: readonly CompletedFlag[]
}

/** The words that can stand there, as far as they are known. */
type Choices = readonly string[] | 'profiles'

interface CompletedFlag {
  readonly name: string
  readonly description: string
  readonly takesValue: boolean
  readonly choices: Choices
}

/** Asked when it is needed: the names of the saved profiles. */
const profileNames = `certctl profile list 2>/dev/null | awk 'NR > 1 { sub(/^[*]/, ""); print $1 }'`

/** A script that completes commands, flags and the words that flags take; file names elsewhere. */
export function completionScript(shell: Shell, commands: readonly Command.Cached[]): string {
  const completed = commands.filter(({ hidden }) => !hidden).map(describe)
  const writers = { bash: bashScript, zsh: zshScript, fish: fishScript }
  return writers[shell](completed)
}

function describe({ id, summary, args, flags }: Command.Cached): Completed {
  const [argument] = Object.values(args)
  return {
    words: id.replaceAll(':', ' '),
    summary: summary ?? '',
    choices: argument && id.startsWith('profile:') ? 'profiles' : (argument?.options ?? []),
    flags: [
      ...Object.values(flags),
      { name: 'help', type: 'boolean', description: 'show help' } as Command.Flag.Cached,
    ].flatMap(describeFlag),
  }
}

function describeFlag(flag: Command.Flag.Cached): readonly CompletedFlag[] {
  const options = flag.type === 'option' ? (flag.options ?? []) : []
  const described = {
    description: flag.summary ?? flag.description ?? '',
    takesValue: flag.type === 'option',
    choices: flag.name === 'profile' ? ('profiles' as const) : options,
  }
  const names = flag.type === 'boolean' && flag.allowNo ? [flag.name, `no-${flag.name}`] : [flag.name]
  return names.map((name) => ({ ...described, name }))
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
  const offer = (choices: Choices): string => {
    const words = choices === 'profiles' ? `$(${profileNames})` : choices.join(' ')
    return `COMPREPLY=($(compgen -W "${words}" -- "$cur"))`
  }
  const cases = commands.map(({ words, choices, flags }) => {
    const valueCases = flags
      .filter((flag) => flag.choices.length > 0)
      .map((flag) => `      --${flag.name}) ${offer(flag.choices)}; return ;;\n`)
      .join('')
    const names = flags.map(({ name }) => `--${name}`)
    return (
      `    "${words}")\n` +
      (valueCases === '' ? '' : `      case "$prev" in\n${valueCases}      esac\n`) +
      (choices.length === 0 ? '' : `      [[ $cur == -* ]] || ${offer(choices)}\n`) +
      `      [[ $cur == -* ]] && ${offer(names)} ;;\n`
    )
  })
  const levels = ['', ...topics(commands)].map(
    (before) => `    "${before}") ${offer(nextWords(commands, before))} ;;\n`,
  )
  return (
    '_certctl() {\n' +
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="" word\n' +
    // Bash takes `--flag=value` for three words.
    '  [[ $cur == = ]] && cur=""\n' +
    '  [[ $prev == = ]] && prev="${COMP_WORDS[COMP_CWORD-2]}"\n' +
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
  const offer = (choices: Choices): string => {
    if (choices.length === 0) return ''
    return ` -f -a ${quote(choices === 'profiles' ? `(${profileNames})` : choices.join(' '))}`
  }
  const values = commands
    .filter(({ choices }) => choices.length > 0)
    .map(({ words, choices }) => `complete -c certctl -n ${quote(seen(words))}${offer(choices)}\n`)
  const flags = commands.flatMap(({ words, flags: all }) =>
    all.map(
      ({ name, description, takesValue, choices }) =>
        `complete -c certctl -n ${quote(seen(words))} -l ${name}${takesValue ? ' -r' : ''}${offer(choices)} -d ${quote(description)}\n`,
    ),
  )
  return [...top, ...below, ...values, ...flags].join('')
}
