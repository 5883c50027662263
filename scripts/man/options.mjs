import { sentence, word } from './mdoc.mjs'

const groups = [
  { key: undefined, title: 'Options' },
  { key: 'FILES', title: 'File options', summary: 'file-options' },
  { key: 'LOGIN', title: 'Login options', summary: 'login-options' },
  { key: 'PROGRAM', title: 'Program options', summary: 'program-options' },
  { key: 'ISSUER', title: 'Issuer options', summary: 'issuer-options' },
  { key: 'LOG', title: 'Log options', summary: 'log-options' },
  { key: 'GLOBAL', title: 'Common options' },
]

/** One heading and list for each group of flags that the command has. */
export function addOptions(page, { flags }) {
  for (const { key, title } of groups) {
    const members = groupOf(flags, key)
    if (members.length === 0) continue
    page.macro('Ss', title)
    page.terms(
      members.map((flag) => ({ term: ['Fl', ...flagWords(flag)], body: (body) => body.text(explanation(flag)) })),
    )
  }
}

/** The command's own flags one by one, those that most commands share by the name of their group. */
export function addSynopsis(page, { id, args, flags, strict }) {
  page.macro('Nm', 'certctl', 'Cm', ...id.split(':'))
  for (const arg of Object.values(args)) {
    const name = arg.name.toUpperCase()
    if (arg.required) page.macro('Ar', name)
    else page.macro('Op', 'Ar', name, ...(strict ? [] : ['...']))
  }
  for (const flag of groupOf(flags, undefined)) page.macro('Op', 'Fl', ...flagWords(flag))
  for (const { key, summary } of groups) {
    if (summary && groupOf(flags, key).length > 0) page.macro('Op', 'Ar', summary)
  }
  for (const flag of groupOf(flags, 'GLOBAL')) page.macro('Op', 'Fl', ...flagWords(flag))
  if (groupOf(flags, 'PROGRAM').length > 0) page.macro('Op', 'Fl', '-', 'Ar', 'COMMAND', 'ARG', '...')
}

/** The variables in brackets at the end of a setting's description. */
export function variablesOf({ description }) {
  return /\[([A-Z_, ]+)\]$/.exec(description)?.[1].split(', ') ?? []
}

export function describe({ description }) {
  return description.replace(/ \[[A-Z_, ]+\]$/, '')
}

function groupOf(flags, key) {
  return Object.values(flags).filter(({ helpGroup }) => helpGroup === key)
}

function flagWords({ name, type, allowNo, options, helpValue }) {
  if (type === 'boolean') return [allowNo ? `-[no-]${name}` : `-${name}`]
  return [`-${name}`, 'Ar', ...(options ? options.map(word).join(' | ').split(' ') : [helpValue ?? 'VALUE'])]
}

function explanation(flag) {
  const { multiple, exclusive, dependsOn } = flag
  const more = [
    multiple ? 'It may be given more than once.' : '',
    exclusive?.length > 0 ? `Not together with ${listed(exclusive)}.` : '',
    dependsOn?.length > 0 ? `Only together with ${listed(dependsOn)}.` : '',
    flag.default === undefined || flag.type === 'boolean' ? '' : `The default is ${flag.default}.`,
  ]
  return [sentence(describe(flag)), ...more].filter((text) => text !== '').join(' ')
}

function listed(names) {
  return names.map((name) => `--${name}`).join(' or ')
}
