import { FileError, systemErrorCode } from '../core/errors.ts'

export type Doing = 'read' | 'written' | 'made' | 'removed'

interface Reason {
  readonly code: string
  readonly words: string
  readonly hint?: string
}

// The names of errno(3).
const reasons: Readonly<Record<string, Reason>> = {
  EACCES: {
    code: 'permission-denied',
    words: 'permission denied',
    hint: 'check owner and mode of it and its directory',
  },
  EPERM: { code: 'permission-denied', words: 'operation not permitted', hint: 'check who owns it' },
  EROFS: { code: 'read-only', words: 'the file system is read-only', hint: 'choose a place that can be written' },
  ENOSPC: { code: 'disk-full', words: 'no space left on the disk', hint: 'free some space; nothing was changed' },
  EDQUOT: { code: 'disk-full', words: 'the disk quota is exhausted', hint: 'free some space; nothing was changed' },
  EFBIG: {
    code: 'disk-full',
    words: 'the file size limit is reached',
    hint: 'raise the limit: ulimit -f; nothing was changed',
  },
  ENOENT: { code: 'not-found', words: 'no such file or directory', hint: 'check its spelling, and where you are: pwd' },
  ENOTDIR: { code: 'not-a-directory', words: 'a part of its path is not a directory', hint: 'check its spelling' },
  EISDIR: { code: 'is-a-directory', words: 'it is a directory', hint: 'name a file' },
  EEXIST: { code: 'exists', words: 'it exists already', hint: 'name another one, or move it away' },
  ENOTEMPTY: { code: 'exists', words: 'it is not empty', hint: 'name another one, or move it away' },
  ELOOP: { code: 'link-loop', words: 'too many links, or one that is not followed', hint: 'see where it leads: ls -l' },
  ENAMETOOLONG: { code: 'name-too-long', words: 'the name is too long', hint: 'choose a shorter one' },
  EMFILE: { code: 'too-many-open-files', words: 'too many open files', hint: 'raise the limit: ulimit -n' },
  ENFILE: { code: 'too-many-open-files', words: 'too many open files on this host', hint: 'see what holds them: lsof' },
  EIO: { code: 'input-output', words: 'the device reports an input/output error', hint: 'check the disk: dmesg' },
  EBUSY: { code: 'busy', words: 'it is in use', hint: 'see what uses it: lsof' },
  EXDEV: {
    code: 'other-file-system',
    words: 'a part of it is on another file system',
    hint: 'choose a place on one file system',
  },
  ESTALE: { code: 'stale', words: 'the network file system lost it', hint: 'mount it again' },
}

/** A system error in words, as `PATH cannot be written: no space left on the disk`; anything else comes back as it is. */
export function fileError(error: unknown, path: string, doing: Doing): unknown {
  const systemCode = systemErrorCode(error)
  if (systemCode === undefined || !isSystemError(error)) return error
  const reason = reasons[systemCode] ?? { code: 'file', words: systemCode, hint: 'check what is there: ls -ld' }
  return new FileError(`${path} cannot be ${doing}: ${reason.words}`, {
    code: reason.code,
    hint: reason.hint,
    cause: error,
    facts: { path },
  })
}

/** What the action returns; a system error in it becomes a FileError that names the path. */
export async function withFileErrors<Result>(
  path: string,
  doing: Doing,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    throw fileError(error, path, doing)
  }
}

export function isMissing(error: unknown): boolean {
  return systemErrorCode(error) === 'ENOENT'
}

/** What the action returns, undefined where there is no such file. */
export async function unlessMissing<Result>(action: Promise<Result>): Promise<Result | undefined> {
  try {
    return await action
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
