/**
 * What is wrong with the words before the first flag, if they are no command: oclif answers an unknown word behind a
 * topic with the topic's help and status 0, which a script would take for success.
 */
export function unknownCommand(argv: readonly string[], commandIds: readonly string[]): string | undefined {
  const words = firstWords(argv)
  if (words.length === 0) {
    const isAllowed = argv.length === 0 || argv.includes('--help') || argv.includes('-h')
    return isAllowed ? undefined : `${argv[0] ?? ''} stands before any command`
  }
  if (commandIn(words, commandIds) !== undefined) return undefined
  const isTopic = commandIds.some((id) => id.startsWith(`${words.join(':')}:`))
  return isTopic ? undefined : `"${words.join(' ')}" is no command of certctl`
}

/** Whether a command line asks what there is to be said of commands: for help, or for completion. Any other runs one. */
export function asksOfCommands(argv: readonly string[], commandIds: readonly string[]): boolean {
  const command = commandIn(firstWords(argv), commandIds)
  const end = argv.indexOf('--')
  const before = argv.slice(0, end === -1 ? undefined : end)
  return command === undefined || command === 'completion' || before.includes('--help') || before.includes('-h')
}

function firstWords(argv: readonly string[]): readonly string[] {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'))
  return firstFlag === -1 ? argv : argv.slice(0, firstFlag)
}

function commandIn(words: readonly string[], commandIds: readonly string[]): string | undefined {
  return words.map((_, index) => words.slice(0, index + 1).join(':')).find((id) => commandIds.includes(id))
}
