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

/** What is for others only, and for which. */
const purposes: Readonly<Partial<Record<string, readonly FileKey[]>>> = {
  pkcs12PasswordFile: ['pkcs12File'],
  pkcs12Alias: ['pkcs12File'],
  pkcs12Legacy: ['pkcs12File'],
  keyPasswordFile: ['keyFile'],
  keyFormat: ['keyFile', 'combinedFile'],
  owner: fileKeys,
}

/**
 * What was told takes the place of what was kept; an empty text ends it, and with it what was kept for its sake. Undefined
 * when nothing is left.
 */
export function mergeOutputs(kept: Outputs | undefined, told: Outputs): Outputs | undefined {
  const all: Outputs = Object.fromEntries(
    Object.entries({ ...kept, ...told }).filter(([, value]) => value !== '' && value !== false),
  )
  const merged = Object.entries(all).filter(([key]) => key in told || !isForNothing(key, all))
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
  if (twice !== undefined) throw namedTwice(twice)
  const keyless = hasKey ? undefined : withKey.find((key) => outputs[key] !== undefined)
  if (keyless !== undefined) {
    throw new UsageError(`${flag(keyless)} needs the key, which stays with whoever made the CSR`, {
      hint: 'leave it out, or have the key made here: leave out --csr',
    })
  }
  if (outputs.pkcs12File !== undefined && outputs.pkcs12PasswordFile === undefined)
    throw missing('pkcs12File', ['pkcs12PasswordFile'])
  const purposeless = Object.keys(outputs).find((key) => isForNothing(key, outputs))
  if (purposeless === 'owner') {
    throw new UsageError('--owner needs a file to give away: the certificate directory belongs to who runs certctl', {
      hint: 'name one, as in --key-file PATH, or let a group read the directory: --group GROUP --key-mode 0640',
    })
  }
  if (purposeless !== undefined) throw missing(purposeless, purposes[purposeless] ?? [])
  if (outputs.keyFormat === 'traditional' && outputs.keyPasswordFile !== undefined) {
    throw new UsageError('--key-format traditional does not go with --key-password-file: its encryption is broken', {
      hint: 'leave out --key-format',
    })
  }
}

export function namedTwice(path: string): UsageError {
  return new UsageError(`${path} is named for two files`, { hint: 'give each a path of its own' })
}

function isForNothing(key: string, outputs: Outputs): boolean {
  return outputs[key] !== undefined && purposes[key]?.some((file) => outputs[file] !== undefined) === false
}

function missing(key: string, needed: readonly string[]): UsageError {
  return new UsageError(`${flag(key)} needs ${needed.map((one) => flag(one)).join(' or ')}`, {
    hint: 'certctl issue --help shows both',
  })
}

function flag(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
