/** What oclif's parser says of flags and arguments, in the form that messages have here: one line, without its advice. */
export function usageWords(parserMessage: string): string {
  const lines = parserMessage.split('\n').filter((line) => !frames.some((frame) => frame.test(line.trim())))
  const missing = lines.findIndex((line) => /^Missing \d+ required args?:$/.test(line))
  if (missing === -1) return inHouseForm(lines.map((line) => line.trim()).join(' '))
  // Each argument is a line of its name and its description, which goes on below itself.
  const named = lines.slice(missing + 1).filter((line) => /^\S/.test(line))
  const names = named.map((line) => line.split(' ')[0]!.toUpperCase())
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing`
}

const frames = [
  /^$/,
  /^See more help with --help$/,
  /^Parsing --\S+$/,
  /^The following errors? occurred:$/,
  /^Note: .* allows? multiple values\./,
  /^Alternatively, you can use "--"/,
]

function inHouseForm(text: string): string {
  return text
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
    .replace(/(--[\w-]+)=(?:true|\[object Object\]) cannot/g, '$1 cannot')
    .replace(/^command (\S+) not found$/, (_, id: string) => `"${id.replaceAll(':', ' ')}" is no command of certctl`)
    .replace(/^missing required flag (\S+)$/, '--$1 is required')
    .replace(/\.$/, '')
}
