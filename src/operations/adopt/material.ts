import { lstat, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CertctlError, FileError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { isMissing, withFileErrors } from '../../files/file-error.ts'
import { systemFiles } from '../../files/file-system.ts'
import { keyMaterialIn } from '../../files/key-material.ts'
import { readFileBytes } from '../../files/read-text-file.ts'
import { shellWord } from '../../files/shell-word.ts'
import { assertTrustedDirectory } from '../../files/trusted-path.ts'
import { parseCertificates, type Certificate } from '../../pki/certificate.ts'
import { hasPem } from '../../pki/pem.ts'
import { keyFormIn, parsePrivateKey, type PrivateKey } from '../../pki/private-key.ts'

/** What one file of another tool holds: certificates in their order, a key, or both. */
export interface Material {
  /** Absolute; the links on the way to it are resolved, and it may be one itself. */
  readonly path: string
  readonly certificates: readonly Certificate[]
  readonly key: PrivateKey | undefined
  readonly keyForm: { readonly isEncrypted: boolean; readonly isTraditional: boolean } | undefined
}

/** A file that looks like one, and why it can't be read. */
export interface Fault {
  readonly path: string
  readonly error: CertctlError
}

export interface MaterialOfDirectory {
  readonly materials: readonly Material[]
  readonly faults: readonly Fault[]
}

/** certbot's names, and dehydrated's: where they are, all else in the directory is older versions of the same. */
const lineage = ['privkey.pem', 'fullchain.pem', 'cert.pem', 'chain.pem']

/** FileError for what holds neither certificate nor key in PEM, and for a file in a directory that others may write. */
export async function readMaterial(path: string, password: Secret | undefined): Promise<Material> {
  const place = await placeOf(path)
  await withFileErrors(dirname(place), 'read', () => assertTrustedDirectory(systemFiles, dirname(place)))
  if (await isPipe(place)) throw noFile(place)
  const bytes = await readFileBytes(place).catch(async (error: unknown) => {
    throw (await isLinkToNothing(place)) ? linkToNothing(place) : error
  })
  if (!hasPem(bytes)) throw noPem(place, bytes)
  const text = bytes.toString()
  const certificates = parseCertificates(text, place)
  const keyForm = keyFormIn(text)
  if (certificates.length === 0 && keyForm === undefined) throw nothingIn(place)
  return { path: place, certificates, key: keyForm && keyIn(text, place, password), keyForm }
}

/** Of each file in a directory that looks like a certificate or a key by its name. */
export async function materialsIn(directory: string, password: Secret | undefined): Promise<MaterialOfDirectory> {
  const materials: Material[] = []
  const faults: Fault[] = []
  for (const name of await namesIn(directory)) {
    const path = join(directory, name)
    try {
      materials.push(await readMaterial(path, password))
    } catch (error) {
      if (!(error instanceof CertctlError)) throw error
      faults.push({ path, error })
    }
  }
  return { materials, faults }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  const names = (await keyMaterialIn(directory)).filter((name) => !name.endsWith('.csr'))
  const known = names.filter((name) => lineage.includes(name))
  return known.includes('privkey.pem') && known.length > 1 ? known : names
}

/** A file is known by one path, however its directory was reached. */
export async function placeOf(path: string): Promise<string> {
  const absolute = resolve(path)
  const directory = await withFileErrors(absolute, 'read', () => realpath(dirname(absolute)))
  return join(directory, basename(absolute))
}

function keyIn(text: string, path: string, password: Secret | undefined): PrivateKey {
  try {
    return parsePrivateKey(text, path, password)
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'encrypted-key') throw error
    throw new FileError(error.message, {
      code: error.code,
      hint: `give its password with --key-password-file FILE, or decrypt it: openssl pkey -in ${shellWord(path)} -out PLAIN`,
      facts: error.facts,
    })
  }
}

/** It may be waited for in vain, and no renewal could put a successor there. */
function isPipe(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFIFO(),
    () => false,
  )
}

function noFile(path: string): FileError {
  return new FileError(`${path} is a pipe, and only files can be taken over`, {
    code: 'not-a-file',
    hint: 'name the files that servers read, as in: certctl adopt CERT KEY',
    facts: { path },
  })
}

async function isLinkToNothing(path: string): Promise<boolean> {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
  return isLink && realpath(path).then(() => false, isMissing)
}

function linkToNothing(path: string): FileError {
  return new FileError(`${path} is a link to nothing`, {
    code: 'not-found',
    hint: `see where it leads: ls -l ${shellWord(path)}`,
    facts: { path },
  })
}

function nothingIn(path: string): FileError {
  return new FileError(`${path} holds neither a certificate nor a private key`, {
    code: 'unknown-content',
    hint: `see what it is: certctl inspect ${shellWord(path)}`,
    facts: { path },
  })
}

/** DER and PKCS#12 both begin with a sequence (X.690), and the file's name tells them apart well enough for a hint. */
function noPem(path: string, bytes: Buffer): FileError {
  if (bytes[0] !== 0x30) return nothingIn(path)
  const file = shellWord(path)
  if (/\.(?:p12|pfx)$/i.test(path)) {
    return new FileError(`${path} is PKCS#12, and only files in PEM can be taken over`, {
      code: 'not-pem',
      hint: `take it apart: openssl pkcs12 -in ${file} -noenc -out NAME.pem; with --pkcs12-file ${file} renewals write it again`,
      facts: { path },
    })
  }
  return new FileError(`${path} is not PEM, and only files in PEM can be taken over`, {
    code: 'not-pem',
    hint: `see what it is: certctl inspect ${file}; a certificate becomes PEM by: openssl x509 -in ${file} -out NAME.pem`,
    facts: { path },
  })
}
