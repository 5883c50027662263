/**
 * What is wrong with the words before the first flag, if they are no command: oclif answers an unknown word behind a
 * topic with the topic's help and status 0, which a script would take for success.
 */
export function unknownCommand(argv: readonly string[], commandIds: readonly string[]): string | undefined {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'))
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag)
  if (words.length === 0) {
    const isAllowed = argv.length === 0 || argv.includes('--help') || argv.includes('-h')
    return isAllowed ? undefined : `${argv[0] ?? ''} stands before any command`
  }
  const ids = new Set(commandIds)
  const isCommand = words.some((_, index) => ids.has(words.slice(0, index + 1).join(':')))
  if (isCommand) return undefined
  const isTopic = commandIds.some((id) => id.startsWith(`${words.join(':')}:`))
  return isTopic ? undefined : `"${words.join(' ')}" is no command of certctl`
}
