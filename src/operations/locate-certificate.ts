import { dirname } from 'node:path'
import { CertctlError, FileError, UsageError } from '../core/errors.ts'
import { openCertificateDirectory } from '../files/certificate-directory.ts'
import { directoriesAt } from '../files/directories-at.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import { Inventory } from '../files/inventory.ts'
import { pathKind } from '../files/path-kind.ts'
import type { PublishedSet } from '../files/published-set.ts'
import { readFileBytes } from '../files/read-text-file.ts'
import { parseCertificate, type Certificate } from '../pki/certificate.ts'
import { hasPem } from '../pki/pem.ts'
import { parseSerial, serialForms } from '../pki/serial.ts'
import { adoptedInPlace } from './adopt/in-place.ts'

export interface LocatedCertificate {
  /** Lower-case hex pairs with colons. */
  readonly serial: string
  /** Undefined where only its serial is known. */
  readonly certificate: Certificate | undefined
  /** How it was asked for, where a certificate directory says so. */
  readonly record: CertificateRecord | undefined
  /** The path of that directory, as it was named. */
  readonly directory: string | undefined
}

/**
 * The certificate that is published in a directory, the first in a file (PEM or DER), or the one of a serial. What is there
 * as a file is taken for one.
 */
export async function locateCertificate(text: string, stateDirectory: string): Promise<LocatedCertificate> {
  if (text === '')
    throw new UsageError('the certificate is named by an empty text', { hint: 'look for a variable that is not set' })
  switch (await pathKind(text)) {
    case 'directory':
      return inNamedDirectory(await onlyDirectoryAt(text, stateDirectory), stateDirectory)
    case 'file':
      return inFile(text, stateDirectory)
    case undefined:
      return { serial: serialFrom(text), certificate: undefined, record: undefined, directory: undefined }
  }
}

/** Of what was taken over from another tool, whose directory it is that is named. */
async function onlyDirectoryAt(path: string, stateDirectory: string): Promise<string> {
  const [only = path, ...others] = await directoriesAt(path, stateDirectory)
  if (others.length === 0) return only
  throw new UsageError(`${path} holds ${others.length + 1} certificates`, { hint: 'name the file of one of them' })
}

/** To make a certificate there is no help to who wants to end one. */
async function inNamedDirectory(path: string, stateDirectory: string): Promise<LocatedCertificate> {
  try {
    return await inDirectory(path, stateDirectory)
  } catch (cause) {
    if (!(cause instanceof FileError) || cause.code !== 'no-certificate') throw cause
    const { code, message, facts } = cause
    const hint = 'name a directory that certctl issued, the file of a certificate, or its serial'
    throw new FileError(message, { code, facts, hint, cause })
  }
}

async function inDirectory(path: string, stateDirectory: string): Promise<LocatedCertificate> {
  const directory = openCertificateDirectory(path)
  const published = await directory.read()
  if (published.record.adopted !== true) return located(path, published)
  const entry = new Inventory(stateDirectory).read(await directory.realPath())
  return located(path, published, adoptedInPlace(published.record, entry))
}

function located(
  directory: string,
  { cert, files, record }: PublishedSet,
  certificate = parseCertificate(cert, files.cert),
): LocatedCertificate {
  return { serial: certificate.serial, certificate, record, directory }
}

async function inFile(path: string, stateDirectory: string): Promise<LocatedCertificate> {
  const bytes = await readFileBytes(path)
  const certificate = parseCertificate(hasPem(bytes) ? bytes.toString() : bytes, path)
  const published = await publishedFor(path, stateDirectory)
  if (published?.certificate?.equals(certificate) === true) return published
  return { serial: certificate.serial, certificate, record: undefined, directory: undefined }
}

/** `DIR/cert.pem` stands for DIR, and a file that was taken over for the directory where certctl keeps what is in it. */
async function publishedFor(path: string, stateDirectory: string): Promise<LocatedCertificate | undefined> {
  const [kept = path] = await directoriesAt(path, stateDirectory)
  const place = kept === path ? dirname(path) : kept
  const directory = openCertificateDirectory(place)
  try {
    return (await directory.state()) === 'published' ? await inDirectory(place, stateDirectory) : undefined
  } catch (error) {
    if (error instanceof CertctlError) return undefined
    throw error
  }
}

function serialFrom(text: string): string {
  try {
    return parseSerial(text)
  } catch (cause) {
    if (looksLikePath(text)) throw missingFile(text)
    throw new UsageError(`"${text}" is neither a file or directory that exists nor a serial number`, {
      hint: `check the path, or ${serialForms}`,
      cause,
    })
  }
}

/** No serial number has these signs. */
function looksLikePath(text: string): boolean {
  return /[/.]/.test(text)
}

function missingFile(path: string): FileError {
  return new FileError(`${path} cannot be read: no such file or directory`, {
    code: 'not-found',
    hint: `check its spelling; ${serialForms}`,
    facts: { path },
  })
}
