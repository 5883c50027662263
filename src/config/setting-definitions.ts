import type { Duration } from '../core/duration.ts'
import type { LogLevel } from '../core/log.ts'
import { parseAddress } from './address.ts'
import {
  listOf,
  oneOf,
  parseCount,
  parseHostPort,
  parseLength,
  parseName,
  parsePath,
  parseSegments,
  parseSwitch,
  parseTimeout,
  textOf,
  type Parser,
  type RawValue,
} from './setting-parsers.ts'

export type IssuerKind = 'vault' | 'local'
export type LogFormat = 'text' | 'json' | 'journal'

/** The settings, by the key that a profile stores them under, and what they are once parsed. */
export interface SettingValues {
  readonly issuer: IssuerKind
  readonly address: URL
  readonly namespace: string
  readonly tokenFile: string
  readonly mount: string
  readonly role: string
  readonly issuerRef: string
  readonly ttl: Duration
  readonly caCert: string
  readonly caPath: string
  readonly clientCert: string
  readonly clientKey: string
  readonly tlsServerName: string
  readonly tlsSkipVerify: boolean
  readonly timeout: Duration
  readonly maxRetries: number
  readonly allowRedirectHost: readonly string[]
  readonly logFormat: LogFormat
  readonly logLevel: LogLevel
}

export type SettingKey = keyof SettingValues

export type RawValues = { readonly [Key in SettingKey]?: RawValue | undefined }

export interface SettingDefinition<T> {
  /** Without the dashes. */
  readonly flag: string
  /** One line for help. */
  readonly description: string
  /** `list`: the flag may be given more than once. */
  readonly kind: 'text' | 'switch' | 'list'
  /** What help shows for the value. */
  readonly placeholder?: string
  /** The only words that it takes. */
  readonly words?: readonly string[]
  /** A path of this host, made absolute where it is saved. */
  readonly isPath?: boolean
  /** False for what concerns this run and not an issuer: it applies to all of several profiles. */
  readonly isPerIssuer: boolean
  /** `CERTCTL_` variables. */
  readonly ownVariables: readonly string[]
  /** `BAO_` and `VAULT_` variables, the first that is set wins. */
  readonly vaultVariables: readonly string[]
  readonly parse: Parser<T>
  /** How to write a value. */
  readonly hint: string
  readonly default?: RawValue
}

const logFormats = ['text', 'json', 'journal'] as const
const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const
const issuerKinds = ['vault', 'local'] as const
const durationHint = 'write it as 90s, 12h, 30d, 1h30m or bare seconds'
const noVariables = { ownVariables: [], vaultVariables: [] } as const
const text = { kind: 'text', isPerIssuer: true, ...noVariables } as const
const file = { ...text, placeholder: 'PATH', isPath: true, parse: textOf(parsePath), hint: 'give the path of a file' }

/** The one source of the flags, variables and profile keys of settings, in the order that help shows them. */
export const settingDefinitions: { readonly [Key in SettingKey]: SettingDefinition<SettingValues[Key]> } = {
  issuer: {
    ...text,
    flag: 'issuer',
    description: 'kind of issuer: a Vault, or the CA embedded in certctl; vault by default where an address is known',
    words: issuerKinds,
    ownVariables: ['CERTCTL_ISSUER'],
    parse: oneOf(issuerKinds),
    hint: 'write vault or local',
  },
  address: {
    ...text,
    flag: 'address',
    description: 'address of the Vault server',
    placeholder: 'URL',
    ownVariables: ['CERTCTL_VAULT_ADDR'],
    vaultVariables: ['BAO_ADDR', 'VAULT_ADDR'],
    parse: textOf(parseAddress),
    hint: 'write it as https://HOST:PORT, or unix:///PATH for a socket',
  },
  namespace: {
    ...text,
    flag: 'namespace',
    description: 'namespace of the Vault server',
    placeholder: 'NAME',
    ownVariables: ['CERTCTL_VAULT_NAMESPACE'],
    vaultVariables: ['BAO_NAMESPACE', 'VAULT_NAMESPACE'],
    parse: textOf(parseSegments),
    hint: 'write it as NAME or NAME/NAME',
  },
  tokenFile: {
    ...file,
    flag: 'token-file',
    description: 'file that holds the token; - reads it from stdin',
    ownVariables: ['CERTCTL_VAULT_TOKEN_FILE'],
  },
  mount: {
    ...text,
    flag: 'mount',
    description: 'path of the PKI engine; pki by default',
    placeholder: 'PATH',
    ownVariables: ['CERTCTL_VAULT_MOUNT'],
    parse: textOf(parseSegments),
    hint: 'write the path that the PKI engine is mounted at, such as pki',
    default: 'pki',
  },
  role: {
    ...text,
    flag: 'role',
    description: 'signing role of the PKI engine',
    placeholder: 'NAME',
    ownVariables: ['CERTCTL_VAULT_ROLE'],
    parse: textOf(parseName),
    hint: 'write the name of a role of the PKI engine',
  },
  issuerRef: {
    ...text,
    flag: 'issuer-ref',
    description: "name or id of the PKI engine's issuer, instead of the role's own",
    placeholder: 'REF',
    parse: textOf(parseName),
    hint: 'write the name or id of an issuer of the PKI engine, or default',
  },
  ttl: {
    ...text,
    flag: 'ttl',
    description: "validity to ask for; by default the role's own, or 90d from the embedded CA",
    placeholder: 'DURATION',
    ownVariables: ['CERTCTL_VAULT_TTL'],
    parse: textOf(parseLength),
    hint: durationHint,
  },
  caCert: {
    ...file,
    flag: 'ca-cert',
    description: 'PEM file with the CAs to trust instead of the system roots',
    vaultVariables: ['BAO_CACERT', 'VAULT_CACERT'],
  },
  caPath: {
    ...file,
    flag: 'ca-path',
    description: 'directory of PEM files with the CAs to trust instead of the system roots',
    vaultVariables: ['BAO_CAPATH', 'VAULT_CAPATH'],
    hint: 'give the path of a directory',
  },
  clientCert: {
    ...file,
    flag: 'client-cert',
    description: 'PEM file with the TLS client certificate',
    vaultVariables: ['BAO_CLIENT_CERT', 'VAULT_CLIENT_CERT'],
  },
  clientKey: {
    ...file,
    flag: 'client-key',
    description: 'PEM file with the key of the TLS client certificate',
    vaultVariables: ['BAO_CLIENT_KEY', 'VAULT_CLIENT_KEY'],
  },
  tlsServerName: {
    ...text,
    flag: 'tls-server-name',
    description: "name to ask for, and to expect in the server's certificate",
    placeholder: 'NAME',
    vaultVariables: ['BAO_TLS_SERVER_NAME', 'VAULT_TLS_SERVER_NAME'],
    parse: textOf(parseName),
    hint: 'write the DNS name of the server',
  },
  tlsSkipVerify: {
    ...text,
    kind: 'switch',
    flag: 'tls-skip-verify',
    description:
      "don't verify the server's certificate: anyone in between can read the token; --no-tls-skip-verify verifies it whatever else is set",
    vaultVariables: ['BAO_SKIP_VERIFY', 'VAULT_SKIP_VERIFY'],
    parse: parseSwitch,
    hint: 'write true or false',
    default: false,
  },
  timeout: {
    ...text,
    flag: 'timeout',
    description: 'time limit of one request; 30s by default',
    placeholder: 'DURATION',
    vaultVariables: ['BAO_CLIENT_TIMEOUT', 'VAULT_CLIENT_TIMEOUT'],
    parse: textOf(parseTimeout),
    hint: durationHint,
    default: '30s',
  },
  maxRetries: {
    ...text,
    flag: 'max-retries',
    description: 'how often a failed request is repeated; 2 by default',
    placeholder: 'N',
    vaultVariables: ['BAO_MAX_RETRIES', 'VAULT_MAX_RETRIES'],
    parse: textOf(parseCount),
    hint: 'write a whole number such as 2, or 0 to repeat nothing',
    default: '2',
  },
  allowRedirectHost: {
    ...text,
    kind: 'list',
    flag: 'allow-redirect-host',
    description: 'other host that the server may redirect to, and that then gets the token',
    placeholder: 'HOST:PORT',
    parse: listOf(parseHostPort),
    hint: 'write it as HOST:PORT',
    default: [],
  },
  logFormat: {
    ...text,
    flag: 'log-format',
    description: 'form of log lines; text on a terminal, journal under systemd, else json',
    words: logFormats,
    isPerIssuer: false,
    ownVariables: ['CERTCTL_LOG_FORMAT'],
    parse: oneOf(logFormats),
    hint: `write one of ${logFormats.join(', ')}`,
  },
  logLevel: {
    ...text,
    flag: 'log-level',
    description: 'least important events that are logged; info by default',
    words: logLevels,
    isPerIssuer: false,
    ownVariables: ['CERTCTL_LOG_LEVEL'],
    parse: oneOf(logLevels),
    hint: `write one of ${logLevels.join(', ')}`,
    default: 'info',
  },
}

export const settingKeys = Object.keys(settingDefinitions) as readonly SettingKey[]

export function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(settingDefinitions, text)
}
