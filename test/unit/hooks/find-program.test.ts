import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { programFault } from '../../../src/hooks/find-program.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
let directory: string

beforeEach(async () => {
  directory = await newDirectory()
})

async function faultOf(content: string, mode = 0o755): Promise<string | undefined> {
  const path = join(directory, 'program')
  await writeFile(path, content, { mode })
  return programFault(path, undefined)
}

describe('a program', () => {
  it.each([
    ['a script', '#!/bin/sh\nexit 0\n'],
    ['a script with an argument for its interpreter', '#! /bin/sh -eu\n'],
    ['a script without a first line for the system', 'exit 0\n'],
    ['an empty file', ''],
  ])('can be run when it is %s', async (_, content) => {
    expect(await faultOf(content)).toBeUndefined()
  })

  it.each([
    ['#!/nowhere/sh\n', '/nowhere/sh'],
    ['#! /nowhere/python3 -u', '/nowhere/python3'],
    ['#!/bin/sh\r\nexit 0\r\n', String.raw`/bin/sh\r`],
  ])('cannot be run without its interpreter: %j', async (content, interpreter) => {
    expect(await faultOf(content)).toBe(`is for an interpreter that does not exist: ${interpreter}`)
  })

  it('says what else keeps it from being run', async () => {
    expect(await faultOf('#!/bin/sh\n', 0o644)).toBe('may not be run: permission denied')
    expect(programFault(directory, undefined)).toBe('is no program')
    expect(programFault('/nowhere/such', undefined)).toBe('does not exist')
  })

  it('is looked for in PATH, and one that can be run counts', async () => {
    await Promise.all(['a', 'b'].map((name) => mkdir(join(directory, name))))
    const path = `${directory}/a:${directory}/b`
    expect(programFault('tool', path)).toBe('is not in PATH')
    await writeFile(join(directory, 'a/tool'), '#!/nowhere/sh\n', { mode: 0o755 })
    expect(programFault('tool', path)).toBe('is for an interpreter that does not exist: /nowhere/sh')
    await writeFile(join(directory, 'b/tool'), '#!/bin/sh\n', { mode: 0o755 })
    expect(programFault('tool', path)).toBeUndefined()
  })
})
