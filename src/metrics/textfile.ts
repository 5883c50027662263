import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FileError, errorMessage, systemErrorCode } from '../core/errors.ts'

/** Replaces the file, mode 0644, in one step for the node_exporter textfile collector. Throws FileError. */
export async function writeMetricsFile(path: string, body: string): Promise<void> {
  await refuseOddTarget(path)
  // The collector reads every *.prom of the directory, so the unfinished file has another ending.
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeDurably(unfinished, body)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw await fileError(path, unfinished, error)
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
