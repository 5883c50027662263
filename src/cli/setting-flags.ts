import { Flags } from '@oclif/core'
import {
  settingDefinitions,
  settingKeys,
  type RawValues,
  type SettingDefinition,
  type SettingKey,
} from '../config/setting-definitions.ts'

const tls = ['caCert', 'caPath', 'clientCert', 'clientKey', 'tlsServerName', 'tlsSkipVerify'] as const
const network = ['timeout', 'maxRetries', 'allowRedirectHost'] as const
const log = ['logFormat', 'logLevel'] as const
const server = ['address', 'namespace', 'tokenFile'] as const

/** For commands that look at a token. */
export const tokenSettings: readonly SettingKey[] = [...server, ...tls, ...network, ...log]

/** For commands that ask an issuer. */
export const issuerSettings: readonly SettingKey[] = [
  'issuer',
  ...server,
  'mount',
  'role',
  'issuerRef',
  'ttl',
  ...tls,
  ...network,
  ...log,
]

/** For commands that end a certificate: neither role nor TTL matters to that. */
export const revokerSettings: readonly SettingKey[] = ['issuer', ...server, 'mount', ...tls, ...network, ...log]

/** What a profile can hold: what belongs to an issuer. */
export const profileSettings: readonly SettingKey[] = settingKeys.filter((key) => settingDefinitions[key].isPerIssuer)

/** The flags of settings; their values are read from all sources together, not from the parsed flags alone. */
export function settingFlags(keys: readonly SettingKey[]): object {
  return Object.fromEntries(keys.map((key) => [settingDefinitions[key].flag, flagOf(settingDefinitions[key])]))
}

export const profileFlag = Flags.string({
  description: 'saved settings to go by',
  helpValue: 'NAME',
  helpGroup: 'ISSUER',
})

export const profilesFlag = Flags.string({
  description: 'saved settings to go by; more than one keeps several tokens alive',
  helpValue: 'NAME',
  helpGroup: 'ISSUER',
  multiple: true,
  multipleNonGreedy: true,
})

/** The settings among parsed flags, under the keys that settings have everywhere else. */
export function settingValues(flags: object): RawValues {
  const given = flags as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    settingKeys.flatMap((key) => {
      const value = given[settingDefinitions[key].flag]
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

function flagOf({
  description,
  kind,
  placeholder,
  words,
  ownVariables,
  vaultVariables,
  isPerIssuer,
}: SettingDefinition<unknown>): unknown {
  const variables = [...ownVariables, ...vaultVariables]
  const text = {
    description: variables.length === 0 ? description : `${description} [${variables.join(', ')}]`,
    helpGroup: isPerIssuer ? 'ISSUER' : 'LOG',
  }
  if (kind === 'switch') return Flags.boolean({ ...text, allowNo: true })
  const value = {
    ...text,
    ...(placeholder === undefined ? {} : { helpValue: placeholder }),
    ...(words ? { options: [...words] } : {}),
  }
  return kind === 'list' ? Flags.string({ ...value, multiple: true, multipleNonGreedy: true }) : Flags.string(value)
}
