import * as z from 'zod/mini'
import { FileError } from '../core/errors.ts'
import { keyTypes } from '../pki/key-type.ts'
import { sanTypes } from '../pki/names.ts'

const text = z.string()
const textOrNull = z._default(z.nullable(text), null)

export const issuerSchema = z.looseObject({
  kind: text,
  profile: textOrNull,
  address: textOrNull,
  mount: textOrNull,
  role: textOrNull,
  issuerRef: textOrNull,
  namespace: textOrNull,
})

const schema = z.looseObject({
  schema: z.literal(1),
  issuer: issuerSchema,
  name: text,
  sans: z.array(z.looseObject({ type: z.enum(sanTypes), value: text })),
  ttlSeconds: z._default(z.nullable(z.number().check(z.positive())), null),
  keyType: z._default(z.nullable(z.enum(keyTypes)), null),
  keyOrigin: z.enum(['generated', 'file', 'csr', 'issuer']),
  /** The request in PEM, for directories made with `--csr`: their successor is signed from the same one. */
  csr: textOrNull,
  /** It was taken over from another tool: the issuer above did not give it, but is to give its successor. */
  adopted: z.optional(z.boolean()),
})

/** How a certificate was asked for: `certctl.json`. Keys that this version does not know are kept. No secret is in it. */
export type CertificateRecord = z.infer<typeof schema>

/** Whether its private key is kept beside it; with `--csr` it is elsewhere. */
export function keepsKey({ keyOrigin }: CertificateRecord): boolean {
  return keyOrigin !== 'csr'
}

export function formatCertificateRecord(record: CertificateRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`
}

/** FileError, naming the file and the place in it, for anything that is no record of a version that is known here. */
export function parseCertificateRecord(json: string, path: string): CertificateRecord {
  const value = parseJson(json, path)
  assertKnownVersion(value, path)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue?.path.join('.') ?? ''
  throw broken(path, place === '' ? 'it is no JSON object' : `"${place}" is missing or has a wrong value`)
}

function parseJson(json: string, path: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw broken(path, 'it is no JSON', error)
  }
}

function assertKnownVersion(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return
  if (typeof value.schema !== 'number' || value.schema <= 1) return
  throw new FileError(`${path} was written by a newer certctl (schema ${value.schema})`, {
    code: 'newer-schema',
    hint: 'upgrade certctl on this host, or issue anew with --force',
    facts: { path },
  })
}

function broken(path: string, what: string, cause?: unknown): FileError {
  return new FileError(`${path} is broken: ${what}`, {
    code: 'broken-record',
    hint: 'restore it from a backup, or issue anew with --force',
    cause,
    facts: { path },
  })
}
