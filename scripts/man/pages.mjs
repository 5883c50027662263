import { Mdoc, sentence, words } from './mdoc.mjs'
import { addOptions, addSynopsis } from './options.mjs'
import {
  addDiagnostics,
  addEnvironment,
  addExitStatus,
  addFiles,
  addMetrics,
  addSeeAlso,
  addSignals,
} from './sections.mjs'

/** All pages: [{ file, text }]. `date` is the day of the version, as mdoc writes it. */
export function manPages(commands, description, date) {
  const pages = [
    programPage(commands, description, date),
    ...commands.map((command) => commandPage(command, commands, date)),
  ]
  return pages.map(({ name, page }) => ({ file: `${name}.1`, text: page.toString() }))
}

function programPage(commands, description, date) {
  const page = begin('certctl', 'issue and renew certificates, keep the token alive that signs them', date)
  page.macro('Nm').macro('Ar', 'command').macro('Op', 'Ar', 'argument ...').macro('Op', 'Ar', 'options')
  page.macro('Nm').macro('Fl', '-help', '|', '-version')
  page.macro('Sh', 'DESCRIPTION').text(sentence(description))
  page.paragraph('Every command has a page of its own and answers to --help:')
  page.terms(
    commands.map((command) => ({
      term: ['Sy', pageName(command.id), 'Ns', '(1)'],
      body: (body) => body.text(command.summary),
    })),
  )
  page.macro('Ss', 'Settings')
  page.text(
    'A setting comes from the first of these that has it: its flag, its variable that begins with CERTCTL_, the profile named by --profile or CERTCTL_PROFILE, its variable that begins with BAO_ or VAULT_, the profile in use, its default. A variable that is present but empty counts as not set. To see what a command would go by: certctl profile show --effective.',
  )
  page.paragraph('Durations are written like 90s, 12h, 30d or 1h30m; a bare number counts seconds.')
  page.macro('Ss', 'The token')
  page.text(
    'The token is never an argument. It comes from the first of these that has it: --token-file, CERTCTL_VAULT_TOKEN, BAO_TOKEN, VAULT_TOKEN, the file that CERTCTL_VAULT_TOKEN_FILE names, the file vault-token in CREDENTIALS_DIRECTORY, the token file of the profile, the token helper that ~/.vault names, ~/.vault-token. The token file of a profile that is named comes before BAO_TOKEN.',
  )
  page.macro('Ss', 'Output')
  page.text(
    'Results go to standard output, everything else to standard error. With --json, standard output is one JSON document, for errors too.',
  )
  addEnvironment(page, commands)
  addFiles(page, commands)
  const others = commands.filter(({ id }) => id !== 'vault:keep-alive')
  addSignals(page, others)
  addExitStatus(page, others)
  page
    .macro('Sh', 'EXAMPLES')
    .text('A certificate from the embedded CA, and a successor for each certificate that is due:')
  page.literal(['$ certctl issue localhost --issuer local', '$ certctl renew --all'])
  addSeeAlso(
    page,
    commands.map(({ id }) => pageName(id)),
  )
  return { name: 'certctl', page }
}

function commandPage(command, commands, date) {
  const name = pageName(command.id)
  const page = begin(name, summaryLine(command.summary), date)
  addSynopsis(page, command)
  page.macro('Sh', 'DESCRIPTION').text(command.description ?? command.summary)
  const args = Object.values(command.args)
  if (args.length > 0)
    page.terms(
      args.map((arg) => ({ term: ['Ar', arg.name.toUpperCase()], body: (body) => body.text(argumentText(arg)) })),
    )
  addOptions(page, command)
  addEnvironment(page, [command])
  addFiles(page, [command])
  addSignals(page, [command])
  addExitStatus(page, [command])
  page.macro('Sh', 'EXAMPLES').literal(command.examples.map((example) => shellLine(example)))
  if (command.id === 'vault:keep-alive') {
    addDiagnostics(page)
    addMetrics(page)
  }
  addSeeAlso(page, ['certctl', ...siblings(command, commands).map(({ id }) => pageName(id))])
  return { name, page }
}

function begin(name, summary, date) {
  const page = new Mdoc()
  page.macro('Dd', date).macro('Dt', name.toUpperCase(), '1').macro('Os')
  page.macro('Sh', 'NAME').macro('Nm', name).macro('Nd', words(summary))
  return page.macro('Sh', 'SYNOPSIS')
}

function pageName(id) {
  return ['certctl', ...id.split(':')].join('-')
}

function summaryLine(summary) {
  return `${summary[0].toLowerCase()}${summary.slice(1).replace(/\.$/, '')}`
}

function argumentText({ description, options }) {
  return sentence(options ? `${description}: ${options.join(', ')}` : description)
}

function shellLine(example) {
  return `$ ${example.replaceAll('<%= config.bin %>', 'certctl')}`
}

function siblings({ id }, commands) {
  const topic = id.includes(':') ? id.split(':')[0] : undefined
  return commands.filter(
    (other) => other.id !== id && (topic === undefined ? !other.id.includes(':') : other.id.startsWith(`${topic}:`)),
  )
}
