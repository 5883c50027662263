import { toJSONSchema } from 'zod/v4/core'
import * as z from 'zod/mini'
import { entryKeys, inFileWords, type EntryKey } from './entry-keys.ts'

const descriptions = z.registry<{ description: string }>()

/** A number is the text that stands there. */
function text(): z.ZodMiniUnion<[z.ZodMiniString, z.ZodMiniNumber]> {
  return z.union([z.string(), z.number()])
}

function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  descriptions.add(schema, { description })
  return schema
}

function valueOf({ kind, words, description }: EntryKey): z.ZodMiniType {
  const single = words ? z.enum(words as [string, ...string[]]) : text()
  const value = { text: single, switch: z.boolean(), list: z.union([single, z.array(single)]) }[kind]
  return described(value, inFileWords(description))
}

const keys = Object.fromEntries([...entryKeys.values()].map((key) => [key.name, z.optional(valueOf(key))]))
const sharedKeys = Object.fromEntries(Object.entries(keys).filter(([key]) => key !== 'out'))
const name = described(text(), 'the name: DNS name, IP address, email, URI or any common name')
const defaults = described(z.strictObject(sharedKeys), 'what holds for each certificate that does not say otherwise')

/** The file of `apply`. */
export const certificatesSchema = z.strictObject({
  defaults: z.optional(z.nullable(defaults)),
  certificates: z.nullable(z.array(z.strictObject({ name, ...keys }))),
})

/** The same as a JSON schema, for editors and checks in CI. */
export function certificatesJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = toJSONSchema(certificatesSchema, { metadata: descriptions, io: 'input' })
  return { $schema, title: 'certctl apply', description: 'certificates that certctl apply keeps', ...schema }
}
