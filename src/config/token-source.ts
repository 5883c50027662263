import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { ChosenProfile } from './chosen-profile.ts'
import { findVariable, homeDirectory, type Environment } from './environment.ts'
import { parseSetting } from './parse-setting.ts'
import { refuseMissing, type Settings } from './settings.ts'
import { findSetting, profileSource, type Sources } from './sources.ts'
import { readTokenFile } from './token-file.ts'
import { findTokenHelper, runTokenHelper } from './token-helper.ts'
import { checkToken } from './token-text.ts'

/** Where the token is. Reading it again gives the one that is there by then. */
export interface TokenSource {
  /** `--token-file`, `VAULT_TOKEN`, `profile "prod"`, `token helper PATH` or `~/.vault-token`. */
  readonly source: string
  /** A variable can't change while the process lives, and stdin can be read only once. */
  readonly origin: 'variable' | 'file' | 'stdin' | 'helper'
  /** Of the file. */
  readonly path?: string
  /** Rejects with ConfigError naming the source, never the token, when it is missing, empty or malformed. */
  read(signal?: AbortSignal): Promise<Secret>
}

export interface TokenIo {
  readonly readStdin: () => Promise<string>
  /** Told of a token file that others than its owner can read. */
  readonly warn: (text: string) => void
}

/** The first source that there is, in the order of `SURFACE`. Throws ConfigError `token is required` when there is none. */
export async function locateToken(settings: Settings, io: TokenIo): Promise<TokenSource> {
  const found = await findToken(settings, io)
  if (found) return found
  return refuseMissing(settings, 'token', 'set VAULT_TOKEN, give --token-file PATH, or log in with: vault login')
}

/** The same without the token that a person's `vault login` left on this host. */
export function findGivenToken(settings: Settings, io: TokenIo): TokenSource | undefined {
  const { environment, profile, isAlone } = settings.sources
  const inVariable = (name: string) => tokenInVariable(environment, name)
  const inNamedFile = () => tokenFileInVariable(environment, io)
  const inProfile = () => tokenFileInProfile(profile, io)
  if (isAlone) return inProfile()
  return (
    tokenFileFlag(settings.sources, io) ??
    inVariable('CERTCTL_VAULT_TOKEN') ??
    (hasNamedFile(profile) ? (inNamedFile() ?? inProfile()) : undefined) ??
    inVariable('BAO_TOKEN') ??
    inVariable('VAULT_TOKEN') ??
    inNamedFile() ??
    tokenInCredentialsDirectory(environment) ??
    inProfile()
  )
}

async function findToken(settings: Settings, io: TokenIo): Promise<TokenSource | undefined> {
  const given = findGivenToken(settings, io)
  if (given || settings.sources.isAlone) return given
  return tokenOfVaultCommand(settings, io)
}

function hasNamedFile(profile: ChosenProfile | undefined): boolean {
  return profile?.isNamed === true && profile.values.tokenFile !== undefined
}

function tokenFileFlag({ flags }: Sources, io: TokenIo): TokenSource | undefined {
  const raw = flags.tokenFile
  if (raw === undefined) return undefined
  const path = parseSetting('tokenFile', raw, { kind: 'flag', source: '--token-file' })
  return path === '-' ? tokenOnStdin('--token-file -', io) : fileSource(path, '--token-file', io)
}

function tokenFileInVariable(environment: Environment, io: TokenIo): TokenSource | undefined {
  const variable = findVariable(environment, 'CERTCTL_VAULT_TOKEN_FILE')
  return variable && fileSource(variable.value, variable.name, io)
}

function tokenFileInProfile(profile: ChosenProfile | undefined, io: TokenIo): TokenSource | undefined {
  const raw = profile?.values.tokenFile
  if (!profile || raw === undefined) return undefined
  const source = profileSource(profile)
  return fileSource(parseSetting('tokenFile', raw, { kind: 'profile', source }), source, io)
}

function fileSource(path: string, source: string, { warn }: Pick<TokenIo, 'warn'>): TokenSource {
  return { source, origin: 'file', path, read: () => readTokenFile(path, source, warn) }
}

function tokenInVariable(environment: Environment, name: string): TokenSource | undefined {
  const variable = findVariable(environment, name)
  if (!variable) return undefined
  const hint = `set it without white space: ${name}=$(cat FILE)`
  const read = () => Promise.resolve().then(() => checkToken(variable.value, name, hint))
  return { source: name, origin: 'variable', read }
}

// Read once: what came through a pipe can't be read again.
function tokenOnStdin(source: string, io: TokenIo): TokenSource {
  let token: Promise<Secret> | undefined
  const read = async () => {
    const text = (await io.readStdin()).trim()
    if (text === '') throw emptyStdin(source)
    return checkToken(text, `stdin (${source})`, 'write the token alone, nothing before or after it')
  }
  return { source, origin: 'stdin', read: () => (token ??= read()) }
}

function emptyStdin(source: string): ConfigError {
  return new ConfigError(`the token on stdin (${source}) is empty`, { code: 'empty-token', hint: 'pipe the token in' })
}

// The service manager sets the modes there: with an access list, a private file looks readable for the group.
function tokenInCredentialsDirectory(environment: Environment): TokenSource | undefined {
  const variable = findVariable(environment, 'CREDENTIALS_DIRECTORY')
  const path = variable && join(variable.value, 'vault-token')
  if (path === undefined || !existsSync(path)) return undefined
  return fileSource(path, 'CREDENTIALS_DIRECTORY', { warn: () => undefined })
}

async function tokenOfVaultCommand(settings: Settings, io: TokenIo): Promise<TokenSource | undefined> {
  const { environment } = settings.sources
  const helper = await findTokenHelper(environment)
  if (helper === undefined) {
    const path = join(homeDirectory(environment), '.vault-token')
    return existsSync(path) ? fileSource(path, '~/.vault-token', io) : undefined
  }
  const source = `token helper ${helper}`
  const address = settings.address && String(findSetting('address', settings.sources)?.raw)
  const read = async (signal?: AbortSignal) => {
    const text = await runTokenHelper({ helper, address, environment, signal })
    if (text === '') refuseMissing(settings, 'token', `the ${source} has none; log in with: vault login`)
    return checkToken(text, source, 'the helper must print the token alone')
  }
  return { source, origin: 'helper', read }
}
