import * as z from 'zod/mini'
import { ConfigError } from '../core/errors.ts'

const quotedText = String.raw`"(?:[^"\\\n]|\\.)*"`
const textOrComment = new RegExp(String.raw`(${quotedText})|(?:#|//)[^\n]*|/\*[\s\S]*?\*/`, 'g')
const assignment = new RegExp(String.raw`^(?:"token_helper"|token_helper)\s*=\s*(${quotedText})$`)

/** The `token_helper` of the vault CLI's file (`~/.vault`), HCL or JSON; that is the only key which it may hold. */
export function parseVaultCommandFile(text: string, file: string): string | undefined {
  const content = text.trimStart().startsWith('{') ? parseJson(text) : parseHcl(text)
  const parsed = z.strictObject({ token_helper: z.optional(z.string()) }).safeParse(content)
  if (parsed.success) return parsed.data.token_helper
  throw new ConfigError(`the vault CLI's file ${file} is not understood`, {
    hint: 'it may hold token_helper = "PATH" and nothing else',
  })
}

function parseHcl(text: string): unknown {
  const bare = text.replace(textOrComment, (_match, kept: string | undefined) => kept ?? ' ').trim()
  if (bare === '') return {}
  const value = assignment.exec(bare)?.[1]
  return value === undefined ? undefined : { token_helper: parseJson(value) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
