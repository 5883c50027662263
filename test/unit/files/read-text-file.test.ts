import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { largestTextFile, readFileBytes, readTextFile } from '../../../src/files/read-text-file.ts'
import { stopAt } from './stopping-file-system.ts'
import { useTemporaryDirectories } from './temporary-directory.ts'

const temporaryDirectory = useTemporaryDirectories()

describe('reading a file that the operator names', () => {
  it('gives its text, up to 1 MiB', async () => {
    const path = join(await temporaryDirectory(), 'request.pem')
    await writeFile(path, 'é'.repeat(largestTextFile / 2))
    expect(await readTextFile(path)).toHaveLength(largestTextFile / 2)
    await writeFile(path, 'x'.repeat(largestTextFile + 1))
    await expect(readTextFile(path)).rejects.toMatchObject({ exitCode: 7, message: `${path} is larger than 1 MiB` })
  })

  it('gives more of one that may be larger', async () => {
    const path = join(await temporaryDirectory(), 'certificates.yaml')
    await writeFile(path, 'x'.repeat(2 * largestTextFile))
    expect(await readFileBytes(path, undefined, 2 * largestTextFile)).toHaveLength(2 * largestTextFile)
    await writeFile(path, 'x'.repeat(2 * largestTextFile + 1))
    await expect(readFileBytes(path, undefined, 2 * largestTextFile)).rejects.toThrow(`${path} is larger than 2 MiB`)
  })

  it('reads from a pipe, and stops at the cap of an endless one', async () => {
    const path = join(await temporaryDirectory(), 'pipe')
    execFileSync('mkfifo', [path])
    const writer = spawn('sh', ['-c', 'printf request >"$0"', path])
    expect(await readTextFile(path)).toBe('request')
    writer.kill()
    await expect(readTextFile('/dev/zero')).rejects.toMatchObject({ code: 'too-large' })
  })

  it('says what is wrong with one that is missing, a directory, or not to be read', async () => {
    const directory = await temporaryDirectory()
    const missing = join(directory, 'missing')
    await mkdir(join(directory, 'directory'))
    await expect(readTextFile(missing)).rejects.toMatchObject({
      exitCode: 7,
      code: 'not-found',
      message: `${missing} cannot be read: no such file or directory`,
    })
    await expect(readTextFile(join(directory, 'directory'))).rejects.toMatchObject({ code: 'is-a-directory' })
    await expect(readTextFile(missing, stopAt(1, 'once').files)).rejects.toMatchObject({ exitCode: 7 })
  })

  it.runIf(process.geteuid?.() !== 0)('says that permission is denied', async () => {
    const path = join(await temporaryDirectory(), 'key.pem')
    await writeFile(path, 'key')
    await chmod(path, 0)
    await expect(readTextFile(path)).rejects.toMatchObject({ code: 'permission-denied' })
  })
})
