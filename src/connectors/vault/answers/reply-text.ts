import * as z from 'zod/mini'
import { printable } from '../../../core/printable.ts'
import type { Secret } from '../../../core/secret.ts'
import { errorReply } from './vault-replies.ts'

/** Of an answer that is not Vault's, an error shows this much at most. */
const excerptLength = 120

/** A shorter token, such as the `root` of a dev server, is a word that names and policies have too. */
const shortestSecret = 16

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The texts of Vault's `errors`; undefined when the body is no JSON object, or its `errors` are no list. */
export function errorTexts(body: string): readonly string[] | undefined {
  const result = z.safeParse(errorReply, parseJson(body))
  return result.success ? (result.data.errors ?? []).filter((text) => typeof text === 'string') : undefined
}

/** The start of a body that is no JSON, on one line. JSON of another kind is not shown: a secret may be in it. */
export function excerptOf(body: string, secrets: readonly Secret[]): string {
  if (parseJson(body) !== undefined) return ''
  return printable(redact(body.replace(/\s+/g, ' ').trim(), secrets)).slice(0, excerptLength)
}

export function redact(text: string, secrets: readonly Secret[]): string {
  return secrets.reduce((redacted, secret) => secret.redactFrom(redacted), text)
}

/** The reply as it was, but for its texts: none has one of the secrets in it, and warnings are printable and each there once. */
export function cleanReply<Data>(data: Data, secrets: readonly Secret[]): Data {
  const long = secrets.filter((secret) => secret.reveal().length >= shortestSecret)
  const reply = withoutSecrets(data, long) as Data
  const { warnings } = Object(reply) as { readonly warnings?: unknown }
  if (!Array.isArray(warnings)) return reply
  return { ...reply, warnings: [...new Set(warnings.map((warning) => printable(redact(String(warning), secrets))))] }
}

function withoutSecrets(value: unknown, secrets: readonly Secret[]): unknown {
  if (typeof value === 'string') return redact(value, secrets)
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, secrets)]))
}
