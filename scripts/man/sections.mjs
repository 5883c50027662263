import { exitCodes, files, messages, metrics, otherVariables, signals } from './facts.mjs'
import { sentence, word } from './mdoc.mjs'
import { describe, variablesOf } from './options.mjs'

/** Sections that the program's page and those of commands share; each is about the commands it is given. */
export function addEnvironment(page, commands) {
  const entries = [...settingVariables(commands), ...about(otherVariables, commands)]
  if (entries.length === 0) return
  page.macro('Sh', 'ENVIRONMENT')
  page.terms(
    entries.map(({ names, text }) => ({
      term: names.flatMap((name, at) => [...(at === 0 ? [] : [',']), 'Ev', name]),
      body: prose(text),
    })),
  )
}

export function addFiles(page, commands) {
  const entries = about(files, commands)
  if (entries.length === 0) return
  page.macro('Sh', 'FILES')
  page.terms(entries.map(({ path, text }) => ({ term: ['Pa', ...path.split(' ').map(word)], body: prose(text) })))
}

export function addSignals(page, commands) {
  page.macro('Sh', 'SIGNALS')
  page.terms(about(signals, commands).map(({ name, text }) => ({ term: ['Dv', name], body: prose(text) })))
}

export function addExitStatus(page, commands) {
  page.macro('Sh', 'EXIT STATUS')
  const meanings = about(exitCodes, commands)
  const codes = [...new Set(meanings.map(({ code }) => code))]
  page.terms(
    codes.map((code) => {
      const texts = meanings.filter((one) => one.code === code).map(({ text }) => sentence(text))
      return { term: [code], body: (page) => page.text(texts.join(' ')) }
    }),
  )
}

export function addDiagnostics(page) {
  page.macro('Sh', 'DIAGNOSTICS')
  page.text('Logs go to standard error, one line an event. These messages do not change:')
  page.terms(
    messages.map(({ level, message, text }) => ({
      term: ['Sy', level, 'Li', ...message.split(' ').map(word)],
      body: prose(text),
    })),
  )
}

export function addMetrics(page) {
  page.macro('Sh', 'METRICS')
  page.text(
    'Served at /metrics with --metrics-listen, and kept in a file with --metrics-file. Gauges have the label issuer: the name of the profile, else vault. Beside /metrics, /healthz says that the loop is alive, and /readyz that every token is valid and will be renewed.',
  )
  page.terms(metrics.map(({ name, text }) => ({ term: ['Li', name], body: prose(text) })))
}

export function addSeeAlso(page, names) {
  page.macro('Sh', 'SEE ALSO')
  const sorted = [...names].sort()
  sorted.forEach((name, at) => page.reference(name, ...(at === sorted.length - 1 ? [] : [','])))
}

function settingVariables(commands) {
  const flags = new Map(commands.flatMap((command) => Object.values(command.flags).map((flag) => [flag.name, flag])))
  return [...flags.values()]
    .map((flag) => ({ names: variablesOf(flag), text: `${describe(flag)}, as --${flag.name}` }))
    .filter(({ names }) => names.length > 0)
}

function about(facts, commands) {
  return facts.filter(({ of }) => commands.some((command) => of(command)))
}

function prose(text) {
  return (page) => page.text(sentence(text))
}
