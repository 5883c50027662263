import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { Duration } from '../core/duration.ts'
import { FileError } from '../core/errors.ts'
import { unlessMissing, withFileErrors } from './file-error.ts'
import type { FileSystem } from './file-system.ts'
import { promptFiles } from './prompt-files.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './processes.ts'

export interface LockOptions {
  readonly clock: Clock
  /** How long a live holder is waited for; 30 s when not given. */
  readonly wait?: Duration
  readonly signal?: AbortSignal
  readonly files?: FileSystem
  /** Told once, after some seconds, who is waited for. */
  readonly warn?: ((text: string) => void) | undefined
}

const silence = Duration.ofSeconds(5)

interface Claim {
  readonly file: string
  readonly holder: ProcessIdentity
}

/**
 * Runs the action while nobody else holds the lock of that name, such as the real path of a certificate directory.
 * The lock of a process that is dead counts for nothing. FileError with the code `locked` when a live one keeps it too
 * long; the signal's reason when it is aborted while waiting.
 */
export async function withLock<Result>(
  lockDirectory: string,
  name: string,
  options: LockOptions,
  action: () => Promise<Result>,
): Promise<Result> {
  const files = options.files ?? promptFiles
  const claim = await acquire(lockDirectory, name, options)
  try {
    return await action()
  } finally {
    await unlessMissing(files.unlink(claim))
  }
}

/** Holds several; taken in one order, so that no two runs wait for each other. */
export async function withLocks<Result>(
  lockDirectory: string,
  names: readonly string[],
  options: LockOptions,
  action: () => Promise<Result>,
): Promise<Result> {
  const [first, ...others] = [...new Set(names)].sort()
  if (first === undefined) return action()
  return withLock(lockDirectory, first, options, () => withLocks(lockDirectory, others, options, action))
}

async function acquire(directory: string, name: string, options: LockOptions): Promise<string> {
  const { clock, wait = Duration.ofSeconds(30), signal, files = promptFiles, warn } = options
  const end = clock.monotonic().plus(wait)
  let silentUntil = clock.monotonic().plus(silence)
  const key = createHash('sha256').update(name).digest('hex').slice(0, 32)
  await withFileErrors(directory, 'made', () => files.mkdir(directory, { recursive: true, mode: 0o700 }))
  for (;;) {
    signal?.throwIfAborted()
    const outcome = await withFileErrors(directory, 'written', () => tryToClaim(files, directory, key))
    if (typeof outcome === 'string') return outcome
    if (!clock.monotonic().isLessThan(end)) throw locked(name, outcome.pid)
    if (!clock.monotonic().isLessThan(silentUntil)) {
      warn?.(`${lockedBy(name, outcome.pid)}; waiting for its end`)
      silentUntil = end
    }
    await clock.sleep(pause(), signal)
  }
}

/**
 * The path of our claim, or who is in the way. A claim is an empty file whose name says whose it is, so it is made
 * whole. Everyone first claims, then looks: of two at once, at least one sees the other. No claim's name comes twice, so
 * removing that of a dead process can never hit a living one, as it could with one name for all.
 */
async function tryToClaim(files: FileSystem, directory: string, key: string): Promise<string | ProcessIdentity> {
  const inTheWay = await findHolder(files, directory, key)
  if (inTheWay) return inTheWay
  const own = formatClaim(key, ownIdentity())
  const path = join(directory, own)
  await (await files.open(path, 'wx', 0o600)).close()
  const other = await findHolder(files, directory, key, own)
  if (other === undefined) return path
  await files.rm(path, { force: true })
  return other
}

/** A live process that claims the lock; claims of dead ones are removed on the way. */
async function findHolder(
  files: FileSystem,
  directory: string,
  key: string,
  own?: string,
): Promise<ProcessIdentity | undefined> {
  let found: ProcessIdentity | undefined
  for (const { file, holder } of claimsIn(await files.readdir(directory), key)) {
    if (file === own) continue
    if (isAlive(holder)) found = holder
    else await files.rm(join(directory, file), { force: true })
  }
  return found
}

function formatClaim(key: string, { pid, startTime, bootId }: ProcessIdentity): string {
  return `${key}.${pid}.${startTime ?? ''}.${bootId ?? ''}.${randomBytes(8).toString('hex')}.lock`
}

function claimsIn(names: readonly string[], key: string): readonly Claim[] {
  return names.flatMap((file) => {
    const match = /^([0-9a-f]{32})\.(\d+)\.(\d*)\.([0-9a-f-]*)\.[0-9a-f]{16}\.lock$/.exec(file)
    if (match?.[1] !== key) return []
    return [{ file, holder: { pid: Number(match[2]), startTime: match[3] || null, bootId: match[4] || null } }]
  })
}

/** Uneven, so that two who met do not meet again. */
function pause(): Duration {
  return Duration.ofMilliseconds(50 + Math.random() * 100)
}

function locked(name: string, pid: number): FileError {
  return new FileError(lockedBy(name, pid), {
    code: 'locked',
    hint: `wait until it has ended; to see what it does: ps -p ${pid}`,
    facts: { pid },
  })
}

function lockedBy(name: string, pid: number): string {
  return `${name} is locked by process ${pid}`
}
