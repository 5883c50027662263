import { randomBytes } from 'node:crypto'
import { open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FileError, errorMessage, systemErrorCode } from '../core/errors.ts'
import { formatFamilies, parseFamilies } from './text-families.ts'
import { besideSiblings, carryOver, type LeftOut, type Sibling, type Writer } from './textfile-rules.ts'

/** What is longer is no metrics file of a host. */
const longest = 1024 * 1024

/** No write takes so long: what is older than the newest by this was left by a run that was killed. */
const longestWriteMs = 60_000

/**
 * Replaces the file, mode 0644, in one step for the node_exporter textfile collector, and keeps to what the collector can
 * take beside the directory's other files: tells what was left out for that. Throws FileError.
 */
export async function writeMetricsFile(path: string, body: string, writer: Writer): Promise<readonly LeftOut[]> {
  await refuseOddTarget(path)
  const held = parseFamilies(await textOf(path))
  const own = carryOver(parseFamilies(body), held, writer)
  const { families, leftOut } = besideSiblings(own, await siblingsOf(path))
  // The collector reads every *.prom of the directory, so the unfinished file has another ending.
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeDurably(unfinished, formatFamilies(families.values()))
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw await fileError(path, unfinished, error)
  }
  // The file is written: what cannot be tidied up beside it is no failure.
  await removeLeftovers(path).catch(() => undefined)
  return leftOut
}

async function removeLeftovers(path: string): Promise<void> {
  const directory = dirname(path)
  const prefix = `${basename(path)}.`
  const isUnfinished = (name: string) =>
    name.startsWith(prefix) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(prefix.length))
  const { mtimeMs: newest } = await stat(path)
  for (const name of (await readdir(directory)).filter(isUnfinished)) {
    const { mtimeMs } = await stat(join(directory, name))
    if (newest - mtimeMs > longestWriteMs) await rm(join(directory, name), { force: true })
  }
}

/** The other files of the directory that the collector reads; none when it does not read this one. */
async function siblingsOf(path: string): Promise<readonly Sibling[]> {
  if (!isCollected(path)) return []
  const directory = dirname(path)
  const names = await readdir(directory).catch(() => [])
  const others = names.filter((name) => isCollected(name) && name !== basename(path)).sort()
  const read = async (name: string): Promise<Sibling> => {
    const other = join(directory, name)
    return { path: other, families: parseFamilies(await textOf(other)) }
  }
  return Promise.all(others.map(read))
}

function isCollected(path: string): boolean {
  return path.endsWith('.prom')
}

/** Empty where there is no file that can be read: what another file holds is no reason not to write this one. */
async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    return size > longest ? '' : await readFile(path, 'utf8')
  } catch {
    return ''
  }
}

/** Renaming onto /dev/stdout or a socket would replace it for everybody. */
async function refuseOddTarget(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there === undefined || there.isFile()) return
  throw new FileError(`the metrics file ${path} is not a regular file`, {
    hint: 'name another file with --metrics-file',
  })
}

async function writeDurably(path: string, body: string): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(body)
    // A umask of 077 is common for root, and node_exporter runs as someone else.
    await file.chmod(0o644)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function fileError(path: string, unfinished: string, cause: unknown): Promise<FileError> {
  const parent = dirname(path)
  if (systemErrorCode(cause) === 'ENOENT' && !(await isThere(parent))) {
    const hint = 'make it, or name another file with --metrics-file'
    return new FileError(`the directory ${parent} of the metrics file does not exist`, { cause, hint })
  }
  const hint = `${parent} must be a directory that certctl may write to`
  return new FileError(
    `the metrics file ${path} cannot be written: ${errorMessage(cause).replaceAll(unfinished, path)}`,
    { cause, hint },
  )
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
