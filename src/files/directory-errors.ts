import { FileError } from '../core/errors.ts'
import type { DirectoryLook } from './directory-state.ts'
import { shellWord } from './shell-word.ts'

export function existsAlready(path: string): FileError {
  return new FileError(`${path} exists and was left as it was`, {
    code: 'exists',
    hint: '--force replaces it',
    facts: { path },
  })
}

export function amongVersions(path: string, keeper: string): FileError {
  return new FileError(
    `${path} is among the versions of the certificate in ${keeper}, and would be removed with them`,
    {
      code: 'taken',
      hint: 'name another directory with --out',
      facts: { path, directory: keeper },
    },
  )
}

export function nothingBefore(path: string): FileError {
  return new FileError(`${path} has no certificate before this one`, {
    code: 'nothing-to-undo',
    hint: `the last three are kept; a new one is made by: certctl renew ${shellWord(path)} --force`,
    facts: { path },
  })
}

/** Of a file that no other one tells the content of. */
export function lostFile(file: string, directory: string, name: string): FileError {
  return new FileError(`${file} is gone`, {
    code: 'not-found',
    hint: `restore it from a backup, or issue anew: certctl issue ${shellWord(name)} --out ${shellWord(directory)} --force`,
    facts: { path: file },
  })
}

export function noCertificate(path: string, state: DirectoryLook['state']): FileError {
  const message = state === 'absent' ? `${path} does not exist` : `${path} holds no certificate of certctl`
  return new FileError(message, {
    code: 'no-certificate',
    hint: `make one: certctl issue NAME --out ${shellWord(path)}`,
    facts: { path },
  })
}
