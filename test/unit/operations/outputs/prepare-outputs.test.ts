import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { Inventory } from '../../../../src/files/inventory.ts'
import { prepareOutputs, type OutputsQuestion } from '../../../../src/operations/outputs/prepare-outputs.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
let base: string
let inventory: Inventory

beforeEach(async () => {
  base = await newDirectory()
  for (const name of ['real', 'a', 'b']) await mkdir(join(base, name))
  await symlink('real', join(base, 'link'))
  await symlink('a', join(base, 'also a'))
  await symlink('b', join(base, 'also b'))
  for (const name of ['a', 'b']) await symlink('.certctl/versions/1', join(base, name, '.live'))
  inventory = new Inventory(join(base, 'state'))
  await inventory.update(join(base, 'a'), (entry) => ({ ...entry, outputs: { certFile: join(base, 'real', 'x.pem') } }))
})

function prepare(...names: readonly string[]) {
  return prepareFor({ outputs: { certFile: join(base, ...names) } })
}

function prepareFor(question: Pick<OutputsQuestion, 'outputs'> & Partial<OutputsQuestion>) {
  const asked = { directory: join(base, 'b'), known: [], adopted: undefined, replace: true, hasKey: true }
  return prepareOutputs({ ...asked, ...question }, inventory)
}

describe('a file beside the directory', () => {
  it.each([
    ['real', 'x.pem'],
    ['link', 'x.pem'],
    ['also a', 'y.pem'],
  ])('is not taken from another certificate, also by way of a link: %s/%s', async (...names) => {
    await expect(prepare(...names)).rejects.toMatchObject({ code: 'taken', facts: { path: join(base, ...names) } })
  })

  it('is not in the directory, also by way of a link', async () => {
    await expect(prepare('also b', 'y.pem')).rejects.toThrow('is in the certificate directory')
  })

  it('is not the directory itself', async () => {
    const outputs = { certFile: join(base, 'new') }
    await expect(prepareFor({ directory: join(base, 'new'), outputs })).rejects.toThrow(
      'is in the certificate directory',
    )
  })

  it('is not another one of the same certificate, also by way of a link', async () => {
    const outputs = { certFile: join(base, 'real', 'y.pem'), keyFile: join(base, 'link', 'y.pem') }
    await expect(prepareFor({ outputs })).rejects.toThrow('link/y.pem is named for two files')
  })

  it('is known by whatever link it was named before', async () => {
    const [certFile, before] = [join(base, 'link', 'y.pem'), join(base, 'real', 'y.pem')]
    await writeFile(before, 'written before')
    const { claimed } = await prepareFor({ outputs: { certFile }, known: [before], replace: false })
    expect(claimed).toEqual([])
  })

  it('may be one of a certificate that is gone', async () => {
    await rm(join(base, 'a'), { recursive: true })
    expect(await prepare('link', 'x.pem')).toMatchObject({ claimed: [join(base, 'real', 'x.pem')] })
  })

  it('is lost by a certificate that was gone to another that took it', async () => {
    await rm(join(base, 'b', '.live'))
    const outputs = { certFile: join(base, 'real', 'x.pem') }
    await expect(prepareFor({ outputs, known: [outputs.certFile] })).rejects.toMatchObject({ code: 'taken' })
  })

  it('is told of by its own name when that leaves no room for another beside it', async () => {
    const path = join(base, 'real', 'n'.repeat(251))
    await expect(prepare('real', 'n'.repeat(251))).rejects.toThrow(`${path} cannot be written: the name is too long`)
    await expect(prepare('real', 'n'.repeat(242))).resolves.toBeDefined()
  })

  it('may be called as one that is elsewhere', async () => {
    await expect(prepare('x.pem')).resolves.toBeDefined()
  })
})
