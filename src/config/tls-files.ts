import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { ConfigError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { filesBelow } from './directory-files.ts'
import type { Settings, Sourced } from './settings.ts'
import { describeReadFailure, readTextFile } from './text-file.ts'
import { findTrustedCa, type TrustedCa } from './trusted-ca.ts'

/** What a TLS connection to the server is made with. */
export interface TlsFiles {
  /** PEM, one certificate each; replaces the system roots. */
  readonly ca?: readonly string[]
  /** PEM, the leaf first. */
  readonly cert?: string
  /** PEM. */
  readonly key?: Secret
  readonly serverName?: string
  readonly skipVerify: boolean
}

/** Reads the files that the settings name, afresh at each call. Rejects with ConfigError naming path and source. */
export async function readTlsFiles(settings: Settings): Promise<TlsFiles> {
  const trusted = findTrustedCa(settings.sources)
  return {
    ...(trusted ? { ca: await readTrusted(trusted) } : {}),
    ...(await readClientPair(settings)),
    ...(settings.tlsServerName ? { serverName: settings.tlsServerName.value } : {}),
    skipVerify: settings.tlsSkipVerify.value,
  }
}

async function readTrusted({ value, source }: Sourced<TrustedCa>): Promise<readonly string[]> {
  if (value.kind === 'text') return certificatesIn(value.pem, `the CA in ${source}`)
  if (value.kind === 'file') return readCertificates(`CA file ${value.path} (${source})`, value.path)
  return readDirectory(value.path, source)
}

async function readDirectory(directory: string, source: string): Promise<readonly string[]> {
  const name = `CA directory ${directory} (${source})`
  const files = await filesBelow(directory).catch((error: unknown) => refuse(name, describeReadFailure(error), error))
  const all: string[] = []
  for (const file of files) all.push(...(await readCertificates(`file ${file} of ${name}`, file)))
  return all.length > 0 ? [...new Set(all)] : refuse(name, 'holds no certificate')
}

async function readClientPair({ clientCert, clientKey }: Settings): Promise<Pick<TlsFiles, 'cert' | 'key'>> {
  if (!clientCert && !clientKey) return {}
  if (!clientCert)
    return refuse('a client key', 'is given without a client certificate', undefined, 'give --client-cert')
  if (!clientKey) return refuse('a client certificate', 'is given without its key', undefined, 'give --client-key')
  const certName = `client certificate ${clientCert.value} (${clientCert.source})`
  const keyName = `client key ${clientKey.value} (${clientKey.source})`
  const [leaf, ...issuers] = await readCertificates(certName, clientCert.value)
  const pem = await readText(keyName, clientKey.value)
  const isPair = new X509Certificate(leaf!).checkPrivateKey(parseKey(pem, keyName))
  if (!isPair) refuse(keyName, `does not belong to ${certName}`)
  return { cert: [leaf, ...issuers].join('\n'), key: new Secret(pem) }
}

async function readCertificates(name: string, path: string): Promise<readonly string[]> {
  return certificatesIn(await readText(name, path), name)
}

async function readText(name: string, path: string): Promise<string> {
  return readTextFile(path).catch((error: unknown) => refuse(name, describeReadFailure(error), error))
}

const certificateBlock = /-----BEGIN (?:X509 )?CERTIFICATE-----[\s\S]*?-----END (?:X509 )?CERTIFICATE-----/g

/** At least one, each of them readable: a CA that is dropped in silence shows up as an untrusted server. */
function certificatesIn(pem: string, name: string): readonly string[] {
  const blocks = pem.match(certificateBlock) ?? refuse(name, 'holds no PEM certificate')
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch (error) {
      refuse(name, 'holds a certificate that is broken', error)
    }
  }
  return blocks
}

function parseKey(pem: string, name: string): KeyObject {
  if (/-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return refuse(name, 'is encrypted', undefined, 'decrypt it: openssl pkey -in FILE -out NEWFILE')
  }
  try {
    return createPrivateKey(pem)
  } catch {
    return refuse(name, 'holds no PEM key')
  }
}

function refuse(name: string, problem: string, cause?: unknown, hint = 'give a PEM file that exists'): never {
  throw new ConfigError(`${name} ${problem}`, { code: 'tls-file', hint, cause })
}
