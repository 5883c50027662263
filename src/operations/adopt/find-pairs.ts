import { existsSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CertctlError, FileError, UsageError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { withFileErrors } from '../../files/file-error.ts'
import { systemFiles } from '../../files/file-system.ts'
import { pathKind } from '../../files/path-kind.ts'
import { shellWord } from '../../files/shell-word.ts'
import { assertTrustedDirectory } from '../../files/trusted-path.ts'
import { materialsIn, readMaterial, type Fault, type Material, type MaterialOfDirectory } from './material.ts'
import { isNamedAlike, leafOf, pairUp, unclaimedKeys, type Pair, type Pairing } from './pair-up.ts'

/** What the operator named holds this, or why it can't be taken over. */
export type Found =
  | { readonly path: string; readonly pair: Pair; readonly remarks: readonly string[] }
  | { readonly path: string; readonly error: CertctlError }

/**
 * The certificates in what was named: files that belong together, or directories of such; one with nothing but directories
 * of certificates in it, like certbot's `live`, stands for all of them.
 */
export async function findPairs(
  paths: readonly string[],
  keyPassword: Secret | undefined,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  if (paths.includes('')) throw new UsageError('a path is empty', { hint: 'look for a variable that is not set' })
  const files: string[] = []
  const found: Found[] = []
  for (const path of new Set(paths.map((one) => resolve(one)))) {
    signal.throwIfAborted()
    await attempt(path, found, async () => {
      if ((await pathKind(path)) === 'directory') found.push(...(await inDirectory(path, keyPassword, signal)))
      else files.push(path)
    })
  }
  return [...(await inFiles(files, keyPassword)), ...found]
}

async function inFiles(paths: readonly string[], keyPassword: Secret | undefined): Promise<readonly Found[]> {
  const named: Material[] = []
  const unread: Fault[] = []
  for (const path of paths) {
    await attempt(path, unread, async () => {
      refuseOwn(dirname(await realpath(path).catch(() => path)))
      named.push(await readMaterial(path, keyPassword))
    })
  }
  // What is missing may well be in one that could not be read, which is told already.
  const beside = unread.length > 0 ? { materials: [], faults: unread } : await keysBeside(named, keyPassword)
  const pairings = pairUp({ materials: [...named, ...beside.materials], faults: beside.faults, isNamed: true })
  const told = pairings.filter((one) => !('error' in one && unread.some(({ error }) => error === one.error)))
  return [
    ...unread,
    ...told.map((one) => foundIn(one, one.path, [])),
    ...(unread.length > 0 ? [] : strays(named, pairings)),
  ]
}

/** Where a certificate was named alone, its key is looked for in its directory: by what it is, or what it is called. */
async function keysBeside(named: readonly Material[], keyPassword: Secret | undefined): Promise<MaterialOfDirectory> {
  const keys = new Map<string, Material>()
  const faults: Fault[] = []
  const alone = unclaimedKeys(named).length > 0 ? [] : named
  for (const material of alone) {
    const leaf = leafOf(material)
    if (leaf === undefined || named.some(({ key }) => key?.isFor(leaf))) continue
    const beside = await materialsIn(dirname(material.path), keyPassword)
    const key = beside.materials.find((one) => one.certificates.length === 0 && one.key?.isFor(leaf))
    if (key) keys.set(key.path, key)
    else faults.push(...beside.faults.filter(({ path }) => isNamedAlike(path, material.path)))
  }
  return { materials: [...keys.values()], faults }
}

/** Named files that belong to no certificate. */
function strays(materials: readonly Material[], pairings: readonly Pairing[]): readonly Found[] {
  if (pairings.some((one) => 'error' in one)) return []
  const used = pairings.flatMap((one) => ('files' in one ? Object.values(one.files) : []))
  return materials
    .filter(({ path }) => !used.includes(path))
    .map((material) => ({ path: material.path, error: belongsToNone(material) }))
}

function belongsToNone({ path, key, certificates: [authority] }: Material): FileError {
  if (authority !== undefined && (key || authority.isCa)) return ofAuthority(path, authority.subject)
  return new FileError(`${path} is the key of no certificate that was named`, {
    code: 'no-certificate',
    hint: `name the certificate too: certctl adopt CERT ${shellWord(path)}`,
    facts: { path },
  })
}

async function inDirectory(
  path: string,
  keyPassword: Secret | undefined,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  refuseOwn(path)
  const directory = await realpath(path)
  const own = await pairsIn(directory, keyPassword)
  if (own.length > 0) return own
  const below: Found[] = []
  for (const name of await withFileErrors(path, 'read', () => readdir(directory))) {
    signal.throwIfAborted()
    const place = join(directory, name)
    await attempt(place, below, async () => {
      if (name.startsWith('.') || (await pathKind(place)) !== 'directory' || isOwn(place)) return
      below.push(...(await pairsIn(place, keyPassword)))
    })
  }
  if (below.length > 0) return below
  throw nothingIn(path)
}

async function pairsIn(directory: string, keyPassword: Secret | undefined): Promise<readonly Found[]> {
  await withFileErrors(directory, 'read', () => assertTrustedDirectory(systemFiles, directory))
  const { materials, faults } = await materialsIn(directory, keyPassword)
  const pairings = pairUp({ materials, faults, isNamed: false })
  const told = pairings.flatMap((one) => ('error' in one ? [one.error] : []))
  const unread = faults.filter(({ error }) => !told.includes(error))
  const remarks = unread.map(({ error }) => `left as it is: ${error.message}`)
  const isAlone = pairings.length === 1
  if (pairings.length > 0)
    return pairings.map((one, index) => foundIn(one, isAlone ? directory : one.path, index === 0 ? remarks : []))
  const authority = materials.find(({ certificates }) => certificates.length > 0)
  if (authority) return [{ path: directory, error: ofAuthority(authority.path, authority.certificates[0]!.subject) }]
  return faults.slice(0, 1).map(({ error }) => ({ path: directory, error }))
}

function foundIn(pairing: Pairing, path: string, remarks: readonly string[]): Found {
  return 'error' in pairing ? pairing : { path, pair: pairing, remarks }
}

async function attempt(
  path: string,
  failed: { push(one: Fault): unknown },
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof CertctlError)) throw error
    failed.push({ path, error })
  }
}

function isOwn(directory: string): boolean {
  return existsSync(join(directory, '.certctl'))
}

/** FileError for what certctl publishes itself: `DIR`, or a version in it. */
function refuseOwn(directory: string): void {
  const own = directory.replace(/\/\.certctl\/versions\/\d+$/, '')
  if (own === directory && !isOwn(directory)) return
  throw new FileError(`${own} is a certificate directory of certctl already`, {
    code: 'own-directory',
    hint: `renew it: certctl renew ${shellWord(own)}`,
    facts: { path: own },
  })
}

function ofAuthority(path: string, subject: string): FileError {
  return new FileError(`${path} is the certificate of a CA, ${subject}, and CAs are not renewed`, {
    code: 'is-authority',
    hint: 'name the certificate of a server or a client',
    facts: { path },
  })
}

function nothingIn(path: string): FileError {
  const live = join(path, 'live')
  const hint = existsSync(live)
    ? `certbot's certificates are below: certctl adopt ${shellWord(live)}`
    : 'name the files: certctl adopt CERT KEY; in a directory, names like *.pem, *.crt and *.key are looked at'
  return new FileError(`${path} holds no certificate with its key`, { code: 'no-certificate', hint, facts: { path } })
}
