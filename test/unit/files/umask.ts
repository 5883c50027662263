import process from 'node:process'

/** process.umask can't be set in a worker thread; vitest runs each test file in a process of its own. */
export async function withUmask<Result>(umask: number, action: () => Promise<Result>): Promise<Result> {
  const before = process.umask(umask)
  try {
    return await action()
  } finally {
    process.umask(before)
  }
}
