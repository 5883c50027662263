import { Flags } from '@oclif/core'
import { resolve } from 'node:path'
import { UsageError } from '../core/errors.ts'
import { keyFormats, type KeyFormat, type Outputs } from '../files/inventory-entry.ts'

const group = { helpGroup: 'FILES' }

const file = (description: string) => Flags.string({ ...group, description, helpValue: 'PATH' })

/** What is published beside the certificate directory, and who may read it; renewals keep to it. */
export const outputFlags = {
  'cert-file': file('write the certificate to this path too; as with the others, an empty PATH ends that'),
  'key-file': file('write the private key to this path too'),
  'chain-file': file('write the issuers, root excluded, to this path too'),
  'fullchain-file': file('write certificate and issuers to this path too'),
  'ca-file': file('write the root to this path too, where the issuer gives it'),
  'combined-file': file('write certificate, issuers and private key, as HAProxy reads them'),
  'der-file': file('write the certificate in DER'),
  'pkcs12-file': file('write certificate, issuers and private key as PKCS#12, for Java and Windows'),
  'pkcs12-password-file': file('file with the password of the PKCS#12 file; read again at each renewal'),
  'pkcs12-alias': Flags.string({
    ...group,
    description: 'name of the entry in the PKCS#12 file; that of the certificate by default',
    helpValue: 'NAME',
  }),
  'pkcs12-legacy': Flags.boolean({
    ...group,
    description: 'encrypt the PKCS#12 file by 3DES and SHA-1, for Java before 8u301 and Windows before 2019',
    allowNo: true,
  }),
  'key-format': Flags.option({
    ...group,
    description: 'form of the key in --key-file and --combined-file: PKCS#8 (default), or PKCS#1 and SEC1',
    options: keyFormats,
  })(),
  'key-password-file': file('encrypt the key in --key-file by the password in this file'),
  'key-mode': Flags.string({
    ...group,
    description: 'mode of files with a key, here and in DIR, whatever the umask is; at most 0600 by default',
    helpValue: 'MODE',
  }),
  'cert-mode': Flags.string({
    ...group,
    description: 'mode of all other files, here and in DIR, whatever the umask is; at most 0644 by default',
    helpValue: 'MODE',
  }),
  owner: Flags.string({ ...group, description: 'user that the files above belong to', helpValue: 'USER' }),
  group: Flags.string({
    ...group,
    description: 'group that the files above and those in DIR belong to',
    helpValue: 'GROUP',
  }),
}

export interface OutputFlags {
  readonly 'cert-file'?: string | undefined
  readonly 'key-file'?: string | undefined
  readonly 'chain-file'?: string | undefined
  readonly 'fullchain-file'?: string | undefined
  readonly 'ca-file'?: string | undefined
  readonly 'combined-file'?: string | undefined
  readonly 'der-file'?: string | undefined
  readonly 'pkcs12-file'?: string | undefined
  readonly 'pkcs12-password-file'?: string | undefined
  readonly 'pkcs12-alias'?: string | undefined
  readonly 'pkcs12-legacy'?: boolean | undefined
  readonly 'key-format'?: KeyFormat | undefined
  readonly 'key-password-file'?: string | undefined
  readonly 'key-mode'?: string | undefined
  readonly 'cert-mode'?: string | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

/** What the flags tell, paths made absolute; an empty text stays one. UsageError. */
export function outputsTold(flags: OutputFlags): Outputs {
  const told = Object.entries({
    certFile: absolute(flags['cert-file']),
    keyFile: absolute(flags['key-file']),
    chainFile: absolute(flags['chain-file']),
    fullchainFile: absolute(flags['fullchain-file']),
    caFile: absolute(flags['ca-file']),
    combinedFile: absolute(flags['combined-file']),
    derFile: absolute(flags['der-file']),
    pkcs12File: absolute(flags['pkcs12-file']),
    pkcs12PasswordFile: absolute(flags['pkcs12-password-file']),
    pkcs12Alias: flags['pkcs12-alias'],
    pkcs12Legacy: flags['pkcs12-legacy'],
    keyFormat: flags['key-format'],
    keyPasswordFile: absolute(flags['key-password-file']),
    keyMode: mode('--key-mode', flags['key-mode'], 0o440, '0600, or 0640 with --group'),
    certMode: mode('--cert-mode', flags['cert-mode'], 0o444, '0644 or 0640'),
    owner: flags.owner,
    group: flags.group,
  } satisfies Outputs)
  return Object.fromEntries(told.filter(([, value]) => value !== undefined))
}

/** The same for renewals; a path can be that of one certificate only. */
export function renewedOutputs(flags: OutputFlags, isForOne: boolean): Outputs {
  const told = outputsTold(flags)
  const named = Object.entries(told).find(([key, value]) => key.endsWith('File') && value !== '')
  if (named === undefined || isForOne) return told
  throw new UsageError(`${String(named[1])} can hold one certificate only, and not all that are to be renewed`, {
    hint: 'name one directory, as in: certctl renew DIR --key-file PATH',
  })
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined || path === '' ? path : resolve(path)
}

/** Reading may be told; writing is for the owner alone, since others could change what is believed at the next renewal. */
function mode(flag: string, text: string | undefined, readable: number, example: string): string | undefined {
  if (text === undefined || text === '') return text
  const bits = /^0?[0-7]{3}$/.test(text) ? parseInt(text, 8) : undefined
  if (bits === undefined) throw new UsageError(`${flag} ${text} is no mode`, { hint: `write it like ${example}` })
  if ((bits & 0o400) === 0 || (bits & ~(readable | 0o600)) !== 0) {
    const others =
      readable === 0o440
        ? 'its owner must read it, and nobody but the group may too'
        : 'its owner must read it, and nobody else write or run it'
    throw new UsageError(`${flag} ${text} is not possible: ${others}`, { hint: `write ${example}` })
  }
  return bits.toString(8).padStart(4, '0')
}
