import { chalkStderr } from 'chalk'
import { CertctlError, UsageError, errorMessage } from '../core/errors.ts'
import { InterruptedError } from '../core/interruption.ts'
import { printable } from '../core/printable.ts'
import { usageWords } from './usage-words.ts'
import { jsonText } from './json-text.ts'

export interface ErrorDocument {
  readonly schema: 1
  readonly error: Readonly<Record<string, unknown>>
}

/** Shows what went wrong, on stderr or as the one JSON document; answers the exit status. */
export function presentError(thrown: unknown, { json }: { json: boolean }): number {
  const error = understand(thrown)
  if (json) process.stdout.write(jsonText(errorDocument(error)))
  else process.stderr.write(errorText(error))
  return exitStatus(error)
}

export function errorDocument(error: unknown): ErrorDocument {
  return { schema: 1, error: errorFacts(error) }
}

/** What `--json` shows of an error, also inside the results of a batch. */
export function errorFacts(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof CertctlError) return error.toJSON()
  const code = error instanceof InterruptedError ? 'interrupted' : 'bug'
  return { code, message: errorMessage(error), exitCode: exitStatus(error) }
}

function exitStatus(error: unknown): number {
  if (error instanceof CertctlError) return error.exitCode
  return error instanceof InterruptedError ? error.exitStatus : 1
}

/** `object` is what the error is about, where its message does not begin with it. */
export function errorText(error: unknown, object?: string): string {
  const message = errorMessage(error)
  const about = object === undefined || message.includes(object) ? '' : `${printable(object)}: `
  const lines = [`${chalkStderr.red('error:')} ${about}${message}`]
  if (error instanceof CertctlError) {
    if (error.hint !== undefined) lines.push(`${chalkStderr.cyan('hint:')} ${error.hint}`)
  } else if (!(error instanceof InterruptedError)) {
    lines.push('this is a bug in certctl; please report it with the lines below')
    if (error instanceof Error && error.stack !== undefined)
      lines.push(...error.stack.split('\n').slice(1).map(printable))
  }
  return `${lines.join('\n')}\n`
}

/**
 * oclif's own errors are all about flags and arguments. What a flag's own parser throws comes through as it was, but for
 * the lines that oclif has written around its message.
 */
export function understand(error: unknown): unknown {
  if (error instanceof CertctlError) {
    if (error.message.startsWith('Parsing --')) error.message = usageWords(error.message)
    return error
  }
  if (!(error instanceof Error) || !('oclif' in error)) return error
  return new UsageError(usageWords(error.message), { hint: 'add --help to see the flags and arguments' })
}
