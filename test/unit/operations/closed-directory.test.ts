import { chmod } from 'node:fs/promises'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import type { Outputs } from '../../../src/files/inventory-entry.ts'
import { closedWarning } from '../../../src/operations/closed-directory.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const own = process.getgid!()
const other = own + 1

/** `DIR` stands for the directory. */
async function warningOf(mode: number, told: Outputs, gid = -1): Promise<string | undefined> {
  const path = await newDirectory()
  await chmod(path, mode)
  const octal = (text: string | undefined) => (text === undefined ? undefined : parseInt(text, 8))
  const access = { keyMode: octal(told.keyMode), certMode: octal(told.certMode), owner: { uid: -1, gid } }
  return (await closedWarning(openCertificateDirectory(path), told, access))?.replaceAll(path, 'DIR')
}

const keptOut = (way: string) => `the directory keeps out some who may read the files in it; to let them in: ${way}`

describe('a directory that keeps out those whom its files are given to', () => {
  it.each<[string, number, Outputs, number | undefined, string]>([
    ['the group of both', 0o700, { keyMode: '0640' }, undefined, 'chmod g+rx DIR'],
    ['everybody', 0o750, { certMode: '0644' }, undefined, 'chmod go+rx DIR'],
    ['its own group, told by name', 0o700, { keyMode: '0640', group: 'www' }, own, 'chgrp www DIR && chmod g+rx DIR'],
    ['another group', 0o750, { keyMode: '0640', group: 'www' }, other, 'chgrp www DIR && chmod g+rx DIR'],
  ])('is told, with how to let in %s', async (_, mode, told, gid, way) => {
    expect(await warningOf(mode, told, gid)).toBe(keptOut(way))
  })

  it.each<[string, number, Outputs, number | undefined]>([
    ['lets in its group', 0o750, { keyMode: '0640', group: 'www' }, own],
    ['lets in everybody', 0o755, { keyMode: '0640', certMode: '0644', group: 'www' }, other],
    ['has files for nobody else', 0o700, { keyMode: '0400', certMode: '0600' }, undefined],
    ['was told nothing in this run', 0o700, { certFile: '/etc/ssl/web.pem' }, undefined],
  ])('is not told of one that %s', async (_, mode, told, gid) => {
    expect(await warningOf(mode, told, gid)).toBeUndefined()
  })
})
