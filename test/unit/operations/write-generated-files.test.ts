import { chmod, lstat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeGeneratedFiles } from '../../../src/operations/write-generated-files.ts'
import { treeOf, useTemporaryDirectories } from '../files/temporary-directory.ts'

const makeDirectory = useTemporaryDirectories()
const files = [
  { name: 'a.service', content: 'A\n' },
  { name: 'a.timer', content: 'T\n' },
]

test('each is written, and told of by its path', async () => {
  const directory = await makeDirectory()
  expect(await writeGeneratedFiles(files, directory, { mayReplace: false })).toEqual(
    files.map((file) => ({ ...file, path: join(directory, file.name), isNew: true })),
  )
  expect(await treeOf(directory)).toEqual({ 'a.service': '644 A\n', 'a.timer': '644 T\n' })
})

test('the same content is not written again', async () => {
  const directory = await makeDirectory()
  await writeGeneratedFiles(files, directory, { mayReplace: false })
  const { ino } = await lstat(join(directory, 'a.timer'))
  const again = await writeGeneratedFiles(files, directory, { mayReplace: false })
  expect(again.map(({ isNew }) => isNew)).toEqual([false, false])
  expect((await lstat(join(directory, 'a.timer'))).ino).toBe(ino)
})

test('one that is there and differs keeps all from being written', async () => {
  const directory = await makeDirectory()
  await writeFile(join(directory, 'a.timer'), 'mine\n')
  await chmod(join(directory, 'a.timer'), 0o644)
  await expect(writeGeneratedFiles(files, directory, { mayReplace: false })).rejects.toMatchObject({
    code: 'exists',
    exitCode: 7,
    hint: '--force replaces it',
  })
  expect(await treeOf(directory)).toEqual({ 'a.timer': '644 mine\n' })
  await writeGeneratedFiles(files, directory, { mayReplace: true })
  expect(await treeOf(directory)).toEqual({ 'a.service': '644 A\n', 'a.timer': '644 T\n' })
})

test('a link is not written through, wherever it leads', async () => {
  const directory = await makeDirectory()
  await symlink('/dev/null', join(directory, 'a.timer'))
  const link = { 'a.timer': '-> /dev/null' }
  for (const mayReplace of [false, true]) {
    await expect(writeGeneratedFiles([files[1]!], directory, { mayReplace })).rejects.toMatchObject({ exitCode: 7 })
    expect(await treeOf(directory)).toEqual(link)
  }
})
