import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readCredential } from '../../../src/config/credential-file.ts'

async function fileWith(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'certctl-credential-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'secret-id')
  await writeFile(path, text)
  return path
}

it('reads what is there by now, white space around it dropped', async () => {
  const path = await fileWith(' \n secret one\r\n\n')
  expect((await readCredential(path, 'secret id')).reveal()).toBe('secret one')
  await writeFile(path, 'two')
  expect((await readCredential(path, 'secret id')).reveal()).toBe('two')
})

it.each([
  ['is empty', ''],
  ['is empty', ' \n'],
  ['is too large', 'x'.repeat(64 * 1024 + 1)],
])('refuses a file that %s, and shows nothing of it', async (problem, text) => {
  const path = await fileWith(text)
  const error = readCredential(path, 'secret id')
  await expect(error).rejects.toMatchObject({
    exitCode: 3,
    code: 'unreadable-credential',
    hint: `check: ls -l ${path}`,
  })
  await expect(error).rejects.toThrow(`the secret id file ${path} ${problem}`)
})

it.each([
  ['does not exist', '/nowhere/secret-id'],
  ['is a directory', tmpdir()],
])('says that one %s', async (problem, path) => {
  await expect(readCredential(path, 'role id')).rejects.toThrow(`the role id file ${path} ${problem}`)
})
