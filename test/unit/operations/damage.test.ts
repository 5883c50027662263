import { mkdir, readFile, readlink, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { Inventory } from '../../../src/files/inventory.ts'
import { PublishJournal } from '../../../src/files/plain/publish-journal.ts'
import { issueCertificate } from '../../../src/operations/issue-certificate.ts'
import { nothingDue } from '../../../src/operations/nothing-due.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import type { RenewalOrder } from '../../../src/operations/renewal.ts'
import { undoRenewal } from '../../../src/operations/undo-renewal.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { treeOf, useTemporaryDirectories } from '../files/temporary-directory.ts'
import { OperationsScene } from './operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene
let out: string

beforeAll(async () => {
  ca = await IssuingCa.create()
})

/** A certificate with a file of every kind beside its directory. */
beforeEach(async () => {
  const place = await newDirectory()
  scene = new OperationsScene(ca, place)
  out = join(place, 'out')
  await mkdir(out)
  await writeFile(join(place, 'password'), 'changeit\n', { mode: 0o600 })
  const { name, wanted } = planIssue({
    name: 'web.corp',
    sans: [],
    ttl: Duration.ofDays(90),
    key: { origin: 'generated', keyType: undefined },
  })
  const outputs = {
    certFile: join(out, 'cert.pem'),
    keyFile: join(out, 'key.pem'),
    keyPasswordFile: join(place, 'password'),
    chainFile: join(out, 'chain.pem'),
    fullchainFile: join(out, 'full.pem'),
    caFile: join(out, 'ca.pem'),
    combinedFile: join(out, 'all.pem'),
    derFile: join(out, 'cert.der'),
    pkcs12File: join(out, 'store.p12'),
    pkcs12PasswordFile: join(place, 'password'),
  }
  const { directory } = scene
  const deployment = { deploy: ['true'] }
  await issueCertificate({ name, wanted, directory, replace: false, outputs, deployment }, scene.issuer, scene.host)
  const inventory = new Inventory(scene.stateDirectory)
  await inventory.update(await directory.realPath(), ({ pending, ...entry }) => ({
    ...entry,
    deployed: { fingerprint: pending?.fingerprint ?? '', at: '2026-03-01T12:00:00Z' },
  }))
  scene.connector.requests.length = 0
})

const renew = (changes?: Partial<RenewalOrder>) => scene.renew(changes)

const everyFile = [
  'cert.pem',
  'key.pem',
  'chain.pem',
  'full.pem',
  'ca.pem',
  'all.pem',
  'cert.der',
  'store.p12',
] as const

async function contents(): Promise<readonly (readonly [string, number, string])[]> {
  return Promise.all(
    everyFile.map(async (name) => {
      const path = join(out, name)
      return [name, (await stat(path)).mtimeMs, (await readFile(path)).toString('hex')] as const
    }),
  )
}

describe('files beside the directory', () => {
  it('that are as they were written are left alone, those with a salt too', async () => {
    const before = await contents()
    expect(scene.status()).toMatchObject({ state: 'ok', reason: undefined })
    expect(nothingDue(scene.renewalOrder(), scene.host)).toMatchObject({ action: 'not-due', written: [] })
    expect(await renew()).toMatchObject({ action: 'not-due', written: [], warnings: [] })
    expect(await contents()).toEqual(before)
  })

  describe.each(everyFile)('%s', (name) => {
    it('that is gone is told, and written again without a new certificate', async () => {
      const path = join(out, name)
      const before = await contents()
      await rm(path)
      expect(scene.status()).toMatchObject({ state: 'missing', reason: `${path} is gone` })
      expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
      const renewal = await renew()
      expect(renewal).toMatchObject({ action: 'not-due', written: [path], deploy: 'pending', hasDeploymentWork: true })
      expect(renewal.reason).toBe('90d left; files were written again')
      expect(renewal.warnings).toEqual([`${path} was gone, and was written again`])
      expect(scene.connector.requests).toEqual([])
      const others = (all: typeof before) => all.filter(([one]) => one !== name)
      expect(others(await contents())).toEqual(others(before))
      expect(scene.status()).toMatchObject({ state: 'ok', certificate: { deploy: 'pending' } })
      expect((await renew()).written).toEqual([])
    })

    it('that holds something else is told, and written again', async () => {
      const path = join(out, name)
      await writeFile(path, 'of another')
      expect(scene.status()).toMatchObject({
        state: 'mismatch',
        reason: `${path} holds something else`,
        hint: `certctl renew ${scene.directory.path}`,
      })
      const renewal = await renew()
      expect(renewal.written).toEqual([path])
      expect(renewal.warnings).toEqual([`${path} held something else, and was written again`])
      expect(scene.status()).toMatchObject({ state: 'ok' })
    })
  })

  it('are not judged while a run exchanges them', async () => {
    const journal = new PublishJournal(scene.stateDirectory, await scene.directory.realPath())
    await journal.begin({ version: 2, paths: [join(out, 'cert.pem')] })
    await writeFile(join(out, 'cert.pem'), 'of the next version')
    expect(scene.status()).toMatchObject({ state: 'ok' })
    await journal.end()
    expect(scene.status()).toMatchObject({ state: 'mismatch' })
  })

  it('are told of by a dry run, which writes nothing', async () => {
    await rm(join(out, 'full.pem'))
    const before = await treeOf(dirname(out))
    expect(await renew({ dryRun: true })).toMatchObject({
      action: 'not-due',
      reason: `90d left; ${join(out, 'full.pem')} is gone, and would be written again`,
    })
    expect(await treeOf(dirname(out))).toEqual(before)
  })

  it('that are told to be no longer written are not told to be written again', async () => {
    const path = join(out, 'full.pem')
    await rm(path)
    const { reason, warnings } = await renew({ outputs: { fullchainFile: '' } })
    expect({ reason, warnings }).toEqual({
      reason: '90d left',
      warnings: [`${path} is not written any more; remove it if nothing reads it`],
    })
  })

  it('are of no interest while the key is broken that they would be made from', async () => {
    await writeFile(await scene.live('privkey.pem'), '')
    expect(scene.status()).toMatchObject({ state: 'unreadable' })
    expect(await renew()).toMatchObject({ action: 'renewed' })
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })

  it('come with the successor of a certificate that is due', async () => {
    await rm(join(out, 'full.pem'))
    scene.clock.jumpWall(Duration.ofDays(61))
    expect(await renew()).toMatchObject({ action: 'renewed', reason: '29d left' })
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })

  it('are not replaced where something stands that is no file, and it is told', async () => {
    await rm(join(out, 'cert.pem'))
    await symlink('/etc/hostname', join(out, 'cert.pem'))
    expect(scene.status()).toMatchObject({ state: 'mismatch' })
    await expect(renew()).rejects.toMatchObject({ code: 'not-regular' })
    expect(await readlink(join(out, 'cert.pem'))).toBe('/etc/hostname')
  })

  it('that were written before digests were kept are missed when they are gone', async () => {
    const inventory = new Inventory(scene.stateDirectory)
    await inventory.update(await scene.directory.realPath(), ({ digests, ...entry }) => {
      expect(Object.keys(digests ?? {}).sort()).toEqual([join(out, 'key.pem'), join(out, 'store.p12')])
      return entry
    })
    expect(scene.status()).toMatchObject({ state: 'ok' })
    await rm(join(out, 'store.p12'))
    expect(scene.status()).toMatchObject({ state: 'missing' })
  })
})

describe('the files of the directory', () => {
  it.each(['cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem', 'ca.pem', 'certctl.json'])(
    'are shown again by %s when its link is gone',
    async (name) => {
      const path = join(scene.directory.path, name)
      await rm(path)
      expect(scene.status()).toMatchObject({ state: 'missing', reason: `${path} is gone` })
      expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
      expect(await renew()).toMatchObject({ action: 'not-due', written: [path], deploy: 'pending' })
      expect(await readlink(path)).toBe(`.live/${name}`)
      expect(scene.status()).toMatchObject({ state: 'ok' })
    },
  )

  it('are shown again where another file was put in the place of a link, and that one is kept', async () => {
    const path = join(scene.directory.path, 'fullchain.pem')
    const before = await readFile(path, 'utf8')
    await writeFile(`${path}.new`, 'of another')
    await rename(`${path}.new`, path)
    expect(scene.status()).toMatchObject({ state: 'mismatch', reason: `${path} holds something else` })
    expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
    expect(await renew()).toMatchObject({ action: 'not-due', written: expect.arrayContaining([path]) as string[] })
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(await readFile(join(scene.directory.path, '.certctl/versions/2/fullchain.pem'), 'utf8')).toBe('of another')
    expect(scene.connector.requests).toEqual([])
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })

  it('are made whole from one another', async () => {
    const path = join(scene.directory.path, 'fullchain.pem')
    const before = await readFile(path, 'utf8')
    await rm(await realpath(path))
    expect(scene.status()).toMatchObject({ state: 'missing', reason: `${path} is gone` })
    expect(await renew()).toMatchObject({ action: 'not-due' })
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it.each(['cert.pem', 'chain.pem'])('can not do without %s, and a command is named', async (name) => {
    await rm(await realpath(join(scene.directory.path, name)))
    const hint = `restore it from a backup, or issue anew: certctl issue web.corp --out ${scene.directory.path} --force`
    expect(scene.status()).toMatchObject({ state: 'unreadable', error: { code: 'not-found', hint } })
    await expect(renew()).rejects.toMatchObject({ code: 'not-found', hint })
  })
})

describe('what was written over a file of the live version', () => {
  const cut = (text: string): string => text.slice(0, 200)
  const damages: readonly [string, string, (text: string) => string][] = [
    ['an emptied chain', 'chain.pem', () => ''],
    ['a cut chain', 'chain.pem', cut],
    ['a chain with garbage before it', 'chain.pem', (text) => `GARBAGE\n${text}`],
    ['a chain of another', 'chain.pem', () => ca.root.pem],
    ['an emptied bundle', 'fullchain.pem', () => ''],
    ['a cut bundle', 'fullchain.pem', cut],
    ['a bundle of the leaf alone', 'fullchain.pem', (text) => text.slice(0, text.indexOf('-----BEGIN', 1))],
    ['a bundle of another', 'fullchain.pem', () => ca.intermediate.pem + ca.root.pem],
  ]

  it.each(damages)('%s is told, and written again from the other file', async (_, name, damaged) => {
    const path = join(scene.directory.path, name)
    const text = await readFile(path, 'utf8')
    const before = await contents()
    await writeFile(path, damaged(text))
    expect(scene.status()).toMatchObject({ state: 'mismatch', reason: `${path} holds something else` })
    expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
    expect(await renew()).toMatchObject({
      action: 'not-due',
      reason: '90d left; files were written again',
      written: expect.arrayContaining([path]) as string[],
      warnings: [`${path} held something else, and was written again`],
    })
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await contents()).toEqual(before)
    expect(scene.connector.requests).toEqual([])
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })

  it('is never taken over into the files beside it', async () => {
    await writeFile(await scene.live('chain.pem'), '')
    await rm(join(out, 'all.pem'))
    await renew()
    expect(await readFile(join(out, 'all.pem'), 'utf8')).toContain(ca.intermediate.pem)
  })

  it.each([
    ['both files of the chain', ['chain.pem', 'fullchain.pem']],
    ['the chain, the bundle being gone', ['chain.pem']],
    ['the root', ['ca.pem']],
  ])('ends with a successor where it was %s', async (_, names) => {
    if (names.length === 1 && names[0] === 'chain.pem') await rm(await scene.live('fullchain.pem'))
    for (const name of names) await writeFile(await scene.live(name), 'GARBAGE\n')
    expect(scene.status()).toMatchObject({ state: 'mismatch', reason: 'certificate, chain and root differ' })
    expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
    expect(await renew()).toMatchObject({ action: 'renewed', reason: 'certificate, chain and root differ' })
    expect(scene.connector.requests).toHaveLength(1)
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })

  it('keeps --undo from going back to it', async () => {
    const bundle = await scene.live('fullchain.pem')
    await renew({ force: true })
    await writeFile(bundle, '')
    const going = undoRenewal(scene.renewalOrder({ undo: true }), scene.host)
    await expect(going).rejects.toThrow("the version before can't be used: certificate, chain and root differ")
  })
})
