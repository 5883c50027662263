import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRoots } from '../../../src/operations/inspection-roots.ts'
import { makeOwnCa } from '../../support/own-ca.ts'

let path: string

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'certctl-')), 'roots')
})

afterEach(() => rm(join(path, '..'), { recursive: true }))

describe('the roots in a file', () => {
  it('are all that it has in PEM, or the one in DER', async () => {
    const [{ certificate: one }, { certificate: other }] = [await makeOwnCa(), await makeOwnCa('other')]
    await writeFile(path, one.pem + other.pem)
    expect((await readRoots(path)).map(({ pem }) => pem)).toEqual([one.pem, other.pem])
    await writeFile(path, one.der)
    expect((await readRoots(path)).map(({ pem }) => pem)).toEqual([one.pem])
  })

  it('are not none: an empty file, a key or a text is the wrong one', async () => {
    const { key } = await makeOwnCa()
    for (const content of ['', key.pem.reveal(), 'hello']) {
      await writeFile(path, content)
      await expect(readRoots(path)).rejects.toMatchObject({ exitCode: 7, code: 'unknown-content' })
    }
  })

  it('are not those of a file that is cut short', async () => {
    const { certificate } = await makeOwnCa()
    await writeFile(path, certificate.pem + certificate.pem.slice(0, -30))
    await expect(readRoots(path)).rejects.toMatchObject({ exitCode: 7, code: 'broken' })
  })
})
