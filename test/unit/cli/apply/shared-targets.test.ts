import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { entryOrders } from '../../../../src/cli/apply/entry-orders.ts'
import { parseCertificatesFile } from '../../../../src/cli/apply/certificates-file.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
let base: string

beforeEach(async () => {
  base = await newDirectory()
  await mkdir(join(base, 'real'))
  await symlink('real', join(base, 'link'))
})

async function orders(first: string, second: string): Promise<readonly unknown[]> {
  const text = `certificates:\n  - { name: a.test, ${first} }\n  - { name: b.test, ${second} }\n`
  const entries = await parseCertificatesFile(text, 'c.yaml', base)
  return entryOrders(entries, { flags: { issuer: 'local' }, force: false }, () =>
    Promise.reject(new Error('an issuer was opened')),
  )
}

describe('what two entries would take from each other', () => {
  it.each([
    ['out: real/x', 'out: link/x', 'c.yaml:3:21: ', '/link/x is the directory of "a.test" already'],
    ['certFile: real/x.pem', 'certFile: link/x.pem', 'c.yaml:3:21: ', '/link/x.pem is written for "a.test" already'],
    ['certFile: x.pem', 'keyFile: x.pem', 'c.yaml:3:21: ', '/x.pem is written for "a.test" already'],
    ['out: real/a', 'certFile: link/a/x.pem', 'c.yaml:3:21: ', '/link/a/x.pem is in the directory of "a.test"'],
    ['out: real', 'certFile: link/deep/x.pem', 'c.yaml:3:21: ', '/x.pem is in the directory of "a.test"'],
  ])('is refused with its place, also by way of a link: %s and %s', async (first, second, place, what) => {
    await expect(orders(first, second)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(new RegExp(`^${place}${base}.*${what}$`)) as string,
    })
  })

  it('is refused of one entry and its own directory', async () => {
    await expect(orders('out: real, certFile: link/x.pem', 'out: b')).rejects.toThrow(
      'c.yaml:2:32: ' + join(base, 'link', 'x.pem') + ' is in the directory of "a.test"',
    )
  })

  it('is nothing where only names are alike', async () => {
    expect(await orders('certFile: real/x.pem', 'certFile: x.pem')).toHaveLength(2)
  })
})
