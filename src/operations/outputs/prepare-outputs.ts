import { basename, relative } from 'node:path'
import { readCredential } from '../../config/credential-file.ts'
import { ConfigError, FileError, UsageError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import { accountId, mayGiveToGroup, mayGiveToUser } from '../../files/account.ts'
import type { CertificateSet } from '../../files/certificate-set.ts'
import type { FileOwner } from '../../files/create-file.ts'
import type { FileAccess } from '../../files/file-access.ts'
import type { Inventory } from '../../files/inventory.ts'
import type { Adopted, Outputs } from '../../files/inventory-entry.ts'
import { systemFiles } from '../../files/file-system.ts'
import { contentAt } from '../../files/plain/content-at.ts'
import { accessAt } from '../../files/plain/kept-access.ts'
import { leadingElsewhere, realTarget, realTargets } from '../../files/real-target.ts'
import { assertNothingAt, assertPlainPath, type PlainFile } from '../../files/plain/plain-file.ts'
import { digestOf } from './damaged-outputs.ts'
import { isSalted, plainContent, type Passwords } from './plain-contents.ts'
import { assertCoherent, fileKeys, namedTwice, pathsOf, withKey } from './told-outputs.ts'

/** What is published beside the directory, checked as far as that can be done before an issuer is asked. */
export interface PreparedOutputs {
  readonly access: FileAccess
  /** Where files come that are not this certificate's yet: who publishes holds the locks of these names. */
  readonly claimed: readonly string[]
  /** FileError when another certificate has claimed one of them since, or a file has come to be there. */
  assertFree(): Promise<void>
  /** `written`: digests by which a file that would only be salted anew is left as it is. */
  plainFiles(set: CertificateSet, written?: Digests): Promise<PlainFiles>
  /** What can't be written from this set, in words. */
  warnings(set: CertificateSet): readonly string[]
}

type Digests = Readonly<Record<string, string>>

export interface PlainFiles {
  readonly files: readonly PlainFile[]
  /** Of those that come out differently each time they are made, by their paths. */
  readonly digests: Digests
}

export interface OutputsQuestion {
  /** The real path of the certificate directory. */
  readonly directory: string
  readonly outputs: Outputs
  /** Paths that were written for this certificate before. */
  readonly known: readonly string[]
  /** What was taken over from another tool, or is to be. */
  readonly adopted: Adopted | undefined
  /** Whether what is there at other paths may be replaced. */
  readonly replace: boolean
  readonly hasKey: boolean
}

/** UsageError, ConfigError or FileError for what can't be done. */
export async function prepareOutputs(
  { directory, outputs, known, adopted, replace, hasKey }: OutputsQuestion,
  inventory: Inventory,
): Promise<PreparedOutputs> {
  assertCoherent(outputs, hasKey)
  const access = await accessOf(outputs)
  const passwords: Passwords = {
    key: await passwordIn(outputs.keyPasswordFile, 'key password'),
    pkcs12: await passwordIn(outputs.pkcs12PasswordFile, 'PKCS#12 password'),
  }
  const paths = pathsOf(outputs)
  const added = await leadingElsewhere(paths, known)
  if (added.length > 0) await assertDifferent(paths)
  // What a certificate was to have loses it with its directory: others may have taken it since.
  const claims = inventory.isGone(directory) ? paths : added
  const isAdopted = (path: string): boolean => adopted?.files.includes(path) ?? false
  const isToBeNew = (path: string): boolean => !replace && added.includes(path) && !isAdopted(path)
  const assertFree = async (): Promise<void> => {
    if (claims.length > 0) await assertNobodyElses(claims, directory, inventory)
    for (const path of added.filter(isToBeNew)) await assertNothingAt(systemFiles, path)
  }
  await assertFree()
  for (const path of paths) await assertPlainPath(systemFiles, path, { mayBeLink: isAdopted(path) })
  return {
    access,
    claimed: await realTargets(claims),
    assertFree,
    plainFiles: (set, written = {}) => plainFilesOf(set, { outputs, access, passwords, written, isAdopted, isToBeNew }),
    warnings: ({ ca }) =>
      ca === undefined && outputs.caFile !== undefined
        ? [`${outputs.caFile} is not written: the issuer does not give its root`]
        : [],
  }
}

interface ToldFiles {
  readonly outputs: Outputs
  readonly access: FileAccess
  readonly passwords: Passwords
  readonly written: Digests
  readonly isAdopted: (path: string) => boolean
  readonly isToBeNew: (path: string) => boolean
}

async function plainFilesOf(
  set: CertificateSet,
  { outputs, access, passwords, written, isAdopted, isToBeNew }: ToldFiles,
): Promise<PlainFiles> {
  const files: PlainFile[] = []
  const digests: Record<string, string> = {}
  for (const key of fileKeys) {
    const path = outputs[key]
    if (path === undefined) continue
    const content = asWritten(path, written[path]) ?? (await plainContent(key, set, outputs, passwords))
    if (content === undefined) continue
    const readers = await accessFor(path, withKey.includes(key), access, isAdopted(path))
    files.push({ path, content, isNew: isToBeNew(path), ...readers })
    if (isSalted(key, outputs)) digests[path] = digestOf(content)
  }
  return { files, digests }
}

/** What is in the file, when that is what was written there. */
function asWritten(path: string, digest: string | undefined): Buffer | undefined {
  const found = digest === undefined ? undefined : contentAt(path)
  return found instanceof Buffer && digestOf(found) === digest ? found : undefined
}

/** What was told of it; of what was taken over the rest stays as it is. */
async function accessFor(
  path: string,
  isSecret: boolean,
  { keyMode, certMode, owner }: FileAccess,
  isAdopted: boolean,
): Promise<Omit<PlainFile, 'path' | 'content'>> {
  const told = isSecret ? keyMode : certMode
  const kept = isAdopted ? await accessAt(systemFiles, path) : undefined
  const exact = told ?? kept?.mode
  return {
    mode: exact ?? (isSecret ? 0o600 : 0o644),
    hasExactMode: exact !== undefined,
    owner: keptOwner(owner, kept?.owner),
    replacesLink: isAdopted,
  }
}

/** What was told counts; who was not told stays who it is. */
function keptOwner(told: FileOwner | undefined, kept: FileOwner | undefined): FileOwner | undefined {
  if (told === undefined || kept === undefined) return told ?? kept
  return { uid: told.uid === -1 ? kept.uid : told.uid, gid: told.gid === -1 ? kept.gid : told.gid }
}

async function accessOf({ keyMode, certMode, owner, group }: Outputs): Promise<FileAccess> {
  const octal = (mode: string | undefined): number | undefined => (mode === undefined ? undefined : parseInt(mode, 8))
  return { keyMode: octal(keyMode), certMode: octal(certMode), owner: await ownerOf(owner, group) }
}

/** FileError for whom files can't be given to: better told before a certificate is issued. */
async function ownerOf(user: string | undefined, group: string | undefined): Promise<FileOwner | undefined> {
  if (user === undefined && group === undefined) return undefined
  const uid = user === undefined ? -1 : await accountId('passwd', user, '--owner')
  const gid = group === undefined ? -1 : await accountId('group', group, '--group')
  if (uid !== -1 && !mayGiveToUser(uid)) throw notToGive(`user ${String(user)}`, 'run as root, or leave out --owner')
  if (gid !== -1 && !mayGiveToGroup(gid)) {
    throw notToGive(`group ${String(group)}`, `make the user that runs certctl a member of it`)
  }
  return { uid, gid }
}

async function passwordIn(path: string | undefined, what: string): Promise<Secret | undefined> {
  if (path === undefined) return undefined
  const password = await readCredential(path, what)
  if (/^[\x20-\x7e]+$/.test(password.reveal())) return password
  throw new ConfigError(`the ${what} in ${path} has a character that is not printable ASCII`, {
    code: 'unusable-password',
    hint: 'programs read other characters in different ways: choose another password',
    facts: { path },
  })
}

async function assertDifferent(paths: readonly string[]): Promise<void> {
  const targets = await realTargets(paths)
  const twice = paths.find((_, at) => targets.indexOf(targets[at]!) !== at)
  if (twice !== undefined) throw namedTwice(twice)
}

/** By where the paths lead: two may be one by a link. */
async function assertNobodyElses(paths: readonly string[], directory: string, inventory: Inventory): Promise<void> {
  const targets = await Promise.all(paths.map(async (path) => ({ path, target: await realTarget(path) })))
  const inside = targets.find(({ target }) => isInside(target, directory))
  if (inside !== undefined) {
    throw new UsageError(`${inside.path} is in the certificate directory, where certctl puts all files already`, {
      hint: 'name a path elsewhere, or leave the flag out',
    })
  }
  const { directories, entries } = await inventory.list()
  for (const other of directories) {
    if (other === directory) continue
    const theirs = await targetsOf(pathsOf((entries.get(other) ?? inventory.read(other))?.outputs), targets)
    const taken = targets.find(({ target }) => theirs.includes(target) || isInside(target, other))
    if (taken === undefined || inventory.isGone(other)) continue
    throw new FileError(`${taken.path} is written for the certificate in ${other}`, {
      code: 'taken',
      hint: 'give each certificate a path of its own',
      facts: { path: taken.path, directory: other },
    })
  }
}

/** Of those alone that have a name in common with what is wanted: of ten thousand, few can be the same. */
async function targetsOf(paths: readonly string[], wanted: readonly { readonly target: string }[]) {
  const names = new Set(wanted.map(({ target }) => basename(target)))
  return Promise.all(paths.filter((path) => names.has(basename(path))).map((path) => realTarget(path)))
}

function isInside(path: string, directory: string): boolean {
  return !relative(directory, path).startsWith('..')
}

function notToGive(to: string, hint: string): FileError {
  return new FileError(`files cannot be given to ${to}: operation not permitted`, { code: 'permission-denied', hint })
}
