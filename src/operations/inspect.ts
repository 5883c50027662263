import { join } from 'node:path'
import type { Duration } from '../core/duration.ts'
import { CertctlError, FileError, UsageError } from '../core/errors.ts'
import { keepsKey } from '../files/certificate-record.ts'
import { fileNames } from '../files/certificate-set.ts'
import { glanceAt } from '../files/glance.ts'
import { keyMaterialIn } from '../files/key-material.ts'
import { pathKind } from '../files/path-kind.ts'
import { readFileBytes } from '../files/read-text-file.ts'
import { shellWord } from '../files/shell-word.ts'
import { Certificate } from '../pki/certificate.ts'
import type { Problem } from '../pki/chain-problems.ts'
import { nameOfHost, type San } from '../pki/names.ts'
import type { PkiObject } from '../pki/pki-object.ts'
import { readObjects, type PasswordSource } from '../pki/read-objects.ts'
import { parseEndpoint, type Endpoint } from '../probe/endpoint.ts'
import type { ServedCertificates } from '../probe/probe-endpoint.ts'
import type { StartTlsProtocol } from '../probe/starttls-protocol.ts'
import { certificatesIn, problemsOf } from './inspection-problems.ts'

export interface InspectionOrder {
  /** A path, `-`, or `HOST:PORT`; what is there as a file is taken for one. */
  readonly target: string
  /** The name that the certificate should be for; at an endpoint also the one that it is asked for, by default its host. */
  readonly name: San | undefined
  /** In the place of the public roots. */
  readonly anchors: readonly Certificate[]
  readonly startTls: StartTlsProtocol | undefined
  readonly timeout: Duration
  readonly password: PasswordSource
  readonly readStdin: () => Promise<Buffer>
  /** Shows that an endpoint is being asked, while it is. */
  readonly whileAsking: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>
  readonly now: Date
}

/** What one file, or one endpoint, holds. */
export interface InspectedSource {
  /** The file's name in its directory, else the target. */
  readonly name: string
  readonly objects: readonly PkiObject[]
  /** What of it can't be read. */
  readonly problems: readonly Problem[]
}

export interface InspectedEndpoint extends Endpoint, Omit<ServedCertificates, 'certificates'> {
  readonly serverName: string | undefined
  readonly startTls: StartTlsProtocol | undefined
}

export interface Inspection {
  readonly target: string
  readonly kind: 'file' | 'directory' | 'endpoint' | 'stdin'
  readonly endpoint: InspectedEndpoint | undefined
  readonly sources: readonly InspectedSource[]
  readonly problems: readonly Problem[]
}

/** What it is, and what is wrong with it. That something is wrong is no error; that it can't be read, or reached, is one. */
export async function inspect(order: InspectionOrder, signal: AbortSignal): Promise<Inspection> {
  const { target } = order
  if (target === '')
    throw new UsageError('what to inspect is an empty text', { hint: 'look for a variable that is not set' })
  if (target === '-') return inspectBytes('stdin', await order.readStdin(), order)
  const kind = await pathKind(target)
  if (kind === 'directory') return inspectDirectory(order)
  const endpoint = kind === undefined ? parseEndpoint(target) : undefined
  if (endpoint) return inspectEndpoint(endpoint, order, signal)
  if (order.startTls !== undefined)
    throw new UsageError('--starttls goes with an endpoint', {
      hint: 'write it as HOST:PORT, like mail.example.com:25',
    })
  return inspectBytes('file', await readNamed(target), order)
}

/** A text that is no file's name may have been meant for a host. */
async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFileBytes(path)
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'not-found') throw error
    const hint = 'check its spelling; an endpoint is written HOST:PORT, like example.com:443'
    throw new FileError(error.message, { code: error.code, hint, cause: error, facts: error.facts })
  }
}

async function inspectBytes(kind: 'file' | 'stdin', bytes: Buffer, order: InspectionOrder): Promise<Inspection> {
  const name = kind === 'stdin' ? 'standard input' : order.target
  try {
    return told(kind, [{ name, ...(await readObjects(bytes, name, order.password)) }], order)
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'unknown-content') throw error
    const hint = `see what it is: ${kind === 'stdin' ? 'COMMAND | file -' : `file ${shellWord(order.target)}`}`
    throw new FileError(error.message, { code: error.code, hint, cause: error, facts: error.facts })
  }
}

/** Each file by itself, and the keys held against all of them. */
async function inspectDirectory(order: InspectionOrder): Promise<Inspection> {
  const sources: InspectedSource[] = []
  const unreadable: Problem[] = []
  let unanswered: UsageError | undefined
  const lost = lostKeyIn(order.target)
  for (const name of await keyMaterialIn(order.target)) {
    const path = join(order.target, name)
    if (path === lost) continue
    try {
      const bytes = await readFileBytes(path)
      if (bytes.length > 0) sources.push({ name, ...(await readObjects(bytes, path, order.password)) })
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      // Nobody gives its password: the other files are told all the same.
      if (error instanceof UsageError) unanswered = error
      const detail = error instanceof UsageError ? `${path}: ${error.message}` : error.message
      unreadable.push({ code: 'unreadable', detail })
    }
  }
  if (sources.length === 0) {
    if (unanswered) throw unanswered
    throw new FileError(
      `${order.target} holds no certificate, request or key${unreadable[0] ? `: ${unreadable[0].detail}` : ''}`,
      {
        code: 'unknown-content',
        hint: 'name a file; in a directory, names like *.pem, *.crt, *.key and *.p12 are looked at',
        facts: { path: order.target },
      },
    )
  }
  const inspection = told('directory', sources, order)
  const gone = lost === undefined ? [] : [{ code: 'missing-key', detail: `${lost}: the private key is gone` }]
  return { ...inspection, problems: [...gone, ...inspection.problems, ...unreadable] }
}

/** Where the key of a certificate directory should be and is not, though its record says that it is kept there. */
function lostKeyIn(directory: string): string | undefined {
  try {
    const glance = glanceAt(directory)
    if (glance === undefined || glance.key !== undefined || !keepsKey(glance.record)) return undefined
    return join(directory, fileNames.key)
  } catch (error) {
    // A directory of something else, or one that is told by its files.
    if (error instanceof CertctlError) return undefined
    throw error
  }
}

async function inspectEndpoint(endpoint: Endpoint, order: InspectionOrder, signal: AbortSignal): Promise<Inspection> {
  const { probeEndpoint } = await import('../probe/probe-endpoint.ts')
  const { knownRoots } = await import('../probe/known-roots.ts')
  const { target, startTls, timeout } = order
  const host = nameOfHost(endpoint.host)
  const name = order.name ?? host
  const serverName = serverNameFor(name, host)
  const { certificates, ...facts } = await order.whileAsking(() =>
    probeEndpoint(endpoint, { serverName, startTls, timeout, signal }),
  )
  const objects = certificates.map((der) => served(der, target))
  const anchors = order.anchors.length > 0 ? order.anchors : knownRoots()
  const inspection = told('endpoint', [{ name: target, objects, problems: [] }], { ...order, name, anchors }, true)
  return { ...inspection, endpoint: { ...endpoint, serverName, startTls, ...facts } }
}

/** SNI knows DNS names alone (RFC 6066, section 3): who looks for an email or a URI asks for the host. */
function serverNameFor(name: San, host: San): string | undefined {
  const asked = name.type === 'dns' || name.type === 'ip' ? name : host
  return asked.type === 'dns' ? asked.value : undefined
}

function served(der: Buffer, target: string): PkiObject {
  const certificate = Certificate.parse(der)
  if (certificate) return { kind: 'certificate', certificate }
  throw new FileError(`${target} sends a certificate that can't be read`, {
    code: 'broken',
    hint: 'check what it is configured with',
  })
}

function told(
  kind: Inspection['kind'],
  sources: readonly InspectedSource[],
  { target, name, anchors, now }: InspectionOrder,
  mustLead = false,
): Inspection {
  const problems = problemsOf(
    sources.map(({ objects }) => objects),
    { now, name, anchors, mustLead },
  )
  const unread = sources.flatMap((source) => source.problems)
  return { target, kind, endpoint: undefined, sources, problems: [...unread, ...problems] }
}

/** The certificate among all of a target that a private key belongs to. */
export function holderOf(
  key: Extract<PkiObject, { kind: 'private-key' }>,
  sources: readonly InspectedSource[],
): Certificate | undefined {
  return certificatesIn(sources.flatMap(({ objects }) => objects)).find(({ publicKey }) =>
    publicKey.equals(key.publicKey),
  )
}
