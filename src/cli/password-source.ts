import { readTextFile } from '../files/read-text-file.ts'
import { Secret } from '../core/secret.ts'
import type { PasswordSource } from '../pki/read-objects.ts'
import { askPassword, assertTerminal } from './login/ask-password.ts'

/** From the file, its last line end not counted, or from a person on the terminal; read once, and only when it is needed. */
export function passwordSource(file: string | undefined): PasswordSource {
  let read: Promise<Secret> | undefined
  return (name) => (read ??= file === undefined ? ask(name) : fromFile(file))
}

async function fromFile(path: string): Promise<Secret> {
  return new Secret((await readTextFile(path)).replace(/\r?\n$/, ''))
}

async function ask(name: string): Promise<Secret> {
  assertTerminal()
  return askPassword(`Password of ${name}:`)
}
