import { UsageError } from '../../core/errors.ts'
import type { Outputs } from '../../files/inventory-entry.ts'

/** The keys that name a file to write, in the order of their exchange: last what programs read right after one another. */
export const fileKeys = [
  'caFile',
  'derFile',
  'pkcs12File',
  'combinedFile',
  'chainFile',
  'certFile',
  'fullchainFile',
  'keyFile',
] as const
export type FileKey = (typeof fileKeys)[number]

/** Those with the key in them. */
export const withKey: readonly FileKey[] = ['pkcs12File', 'combinedFile', 'keyFile']

/** What was told takes the place of what was kept; an empty text ends it. Undefined when nothing is left. */
export function mergeOutputs(kept: Outputs | undefined, told: Outputs): Outputs | undefined {
  const merged = Object.entries({ ...kept, ...told }).filter(([, value]) => value !== '' && value !== false)
  return merged.length === 0 ? undefined : Object.fromEntries(merged)
}

/** The paths of plain files, in the order of their exchange. */
export function pathsOf(outputs: Outputs | undefined): readonly string[] {
  return fileKeys.flatMap((key) => outputs?.[key] ?? [])
}

/** UsageError for what makes no sense together. */
export function assertCoherent(outputs: Outputs, hasKey: boolean): void {
  const paths = pathsOf(outputs)
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined)
    throw new UsageError(`${twice} is named for two files`, { hint: 'give each a path of its own' })
  const keyless = hasKey ? undefined : withKey.find((key) => outputs[key] !== undefined)
  if (keyless !== undefined) {
    throw new UsageError(`${flag(keyless)} needs the key, which stays with whoever made the CSR`, {
      hint: 'leave it out, or have the key made here: leave out --csr',
    })
  }
  needs(outputs, ['pkcs12File'], ['pkcs12PasswordFile'])
  needs(outputs, ['pkcs12PasswordFile', 'pkcs12Alias', 'pkcs12Legacy'], ['pkcs12File'])
  needs(outputs, ['keyPasswordFile'], ['keyFile'])
  needs(outputs, ['keyFormat'], ['keyFile', 'combinedFile'])
  if (outputs.owner !== undefined && paths.length === 0) {
    throw new UsageError('--owner needs a file to give away: the certificate directory belongs to who runs certctl', {
      hint: 'name one, as in --key-file PATH, or let a group read the directory: --group GROUP --key-mode 0640',
    })
  }
  if (outputs.keyFormat === 'traditional' && outputs.keyPasswordFile !== undefined) {
    throw new UsageError('--key-format traditional does not go with --key-password-file: its encryption is broken', {
      hint: 'leave out --key-format',
    })
  }
}

function needs(outputs: Outputs, told: readonly string[], needed: readonly string[]): void {
  const one = told.find((key) => outputs[key] !== undefined)
  if (one === undefined || needed.some((key) => outputs[key] !== undefined)) return
  throw new UsageError(`${flag(one)} needs ${needed.map((key) => flag(key)).join(' or ')}`, {
    hint: 'certctl issue --help shows both',
  })
}

function flag(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
