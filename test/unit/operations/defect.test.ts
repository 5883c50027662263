import { readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { RejectedError } from '../../../src/core/errors.ts'
import { lookAtUndeployed } from '../../../src/operations/deployment/deployable.ts'
import { rollBack } from '../../../src/operations/deployment/roll-back.ts'
import { issueCertificate } from '../../../src/operations/issue-certificate.ts'
import type { KeySource } from '../../../src/operations/obtain-certificate.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import type { RenewalOrder } from '../../../src/operations/renewal.ts'
import { undoRenewal } from '../../../src/operations/undo-renewal.ts'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { generatePrivateKey, parsePrivateKey } from '../../../src/pki/private-key.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { treeOf, useTemporaryDirectories } from '../files/temporary-directory.ts'
import { OperationsScene } from './operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(async () => {
  scene = new OperationsScene(ca, await newDirectory())
})

async function issued(key: KeySource = { origin: 'generated', keyType: undefined }): Promise<void> {
  const { name, wanted } = planIssue({
    name: key.origin === 'csr' ? undefined : 'web.corp',
    sans: [],
    ttl: Duration.ofDays(90),
    key,
  })
  const { directory } = scene
  await issueCertificate({ name, wanted, directory, replace: false, outputs: {} }, scene.issuer, scene.host)
  scene.connector.requests.length = 0
}

const renew = (changes?: Partial<RenewalOrder>) => scene.renew(changes)

const loseKey = async (): Promise<void> => rm(await scene.live('privkey.pem'))
const replaceKey = async (): Promise<void> =>
  writeFile(await scene.live('privkey.pem'), (await generatePrivateKey('ec256')).pem.reveal())
const breakKey = async (): Promise<void> => writeFile(await scene.live('privkey.pem'), '')
const revoke = async (): Promise<void> => scene.changeEntry({ revoked: [await scene.serial()] })

const defects: readonly (readonly [string, string, () => Promise<void>])[] = [
  ['its private key is gone', 'missing', loseKey],
  ['key and certificate differ', 'mismatch', replaceKey],
  ['the key in .* is no private key', 'unreadable', breakKey],
  ['it was revoked', 'revoked', revoke],
]

describe('a certificate of no use', () => {
  it.each(defects)('since %s: status says %s, and what to do', async (reason, state, spoil) => {
    await issued()
    expect(scene.status()).toMatchObject({ state: 'ok', hint: undefined })
    await spoil()
    expect(scene.status()).toMatchObject({
      state,
      reason: expect.stringMatching(reason) as string,
      hint: `certctl renew ${scene.directory.path}`,
      certificate: { name: 'web.corp', nextRenewalAt: scene.clock.now() },
    })
  })

  it.each(defects)(
    'since %s is replaced at once, whatever window is kept, and then it is good',
    async (reason, _, spoil) => {
      await issued()
      await scene.changeEntry({ schedule: { renewBefore: '1d', window: ['Sat 02:00-02:01'] } })
      await spoil()
      expect(await renew({ dryRun: true })).toMatchObject({ action: 'due' })
      const renewal = await renew()
      expect(renewal).toMatchObject({ action: 'renewed', reason: expect.stringMatching(reason) as string })
      expect(renewal.warnings).toEqual([expect.stringMatching(`it was renewed before its time: ${reason}`)])
      expect(scene.status()).toMatchObject({ state: 'ok' })
      expect(await renew()).toMatchObject({ action: 'not-due' })
      expect(scene.connector.requests).toHaveLength(1)
    },
  )

  it.each(defects)('since %s is not asked for again before a failure was waited for', async (reason, _, spoil) => {
    await issued()
    await spoil()
    scene.connector.refuse = () => Promise.reject(new RejectedError('no'))
    expect(scene.status().hint).toBe(`certctl renew ${scene.directory.path}`)
    await expect(renew()).rejects.toThrow('no')
    await expect(renew()).rejects.toThrow('no')
    const before = await treeOf(scene.directory.path)
    expect(await renew()).toMatchObject({
      action: 'not-due',
      reason: expect.stringMatching(`${reason}, 2 tries failed`) as string,
      lastError: { message: 'no' },
    })
    expect(scene.status().hint).toBe(`certctl renew ${scene.directory.path} --force`)
    expect(await treeOf(scene.directory.path)).toEqual(before)
  })

  it('keeps the link that says which file is gone while it waits', async () => {
    await issued()
    await loseKey()
    scene.connector.refuse = () => Promise.reject(new RejectedError('no'))
    await expect(renew()).rejects.toThrow('no')
    await expect(renew()).rejects.toThrow('no')
    await renew()
    expect(await readlink(join(scene.directory.path, 'privkey.pem'))).toBe('.live/privkey.pem')
    expect(await scene.directory.hasLeftovers()).toBe(false)
  })

  it('is as useless when the link to its key went with it', async () => {
    await issued()
    await loseKey()
    await rm(join(scene.directory.path, 'privkey.pem'))
    expect(scene.status()).toMatchObject({ state: 'missing', reason: 'its private key is gone' })
    await renew()
    expect(await readdir(scene.directory.path)).toContain('privkey.pem')
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })
})

describe('a key that was given', () => {
  it('and is gone is asked for, or another is made', async () => {
    await issued({ origin: 'file', key: await generatePrivateKey('ec256') })
    await loseKey()
    await expect(renew()).rejects.toMatchObject({
      message: expect.stringContaining('holds no key that could be used again') as string,
      hint: `have a new one made: certctl renew ${scene.directory.path} --rekey`,
    })
    expect(await renew({ keyPolicy: 'rekey' })).toMatchObject({ action: 'renewed' })
  })

  it('is not exchanged for one that somebody put in its place', async () => {
    await issued({ origin: 'file', key: await generatePrivateKey('ec256') })
    await replaceKey()
    await expect(renew()).rejects.toMatchObject({ exitCode: 7, code: 'mismatch' })
    expect(scene.connector.requests).toEqual([])
    const { certificate } = await renew({ keyPolicy: 'rekey' })
    const pem = (await scene.directory.readKey())?.reveal() ?? ''
    expect(parsePrivateKey(pem, 'the key').isFor(certificate)).toBe(true)
  })

  it('and is of a revoked certificate is used again with a warning', async () => {
    await issued({ origin: 'file', key: await generatePrivateKey('ec256') })
    await revoke()
    const { warnings } = await renew()
    expect(warnings).toContainEqual(expect.stringContaining('the key of the revoked certificate is used again'))
  })

  it('and stays with whoever made the request is not missed', async () => {
    const key = await generatePrivateKey('ec256')
    await issued({ origin: 'csr', csr: await parseCsr(await createCsr({ commonName: 'Web', sans: [], key })) })
    expect(scene.status()).toMatchObject({ state: 'ok' })
    expect(await renew()).toMatchObject({ action: 'not-due' })
  })
})

describe('the version before', () => {
  it.each<[string, string, (version: string, serialBefore: string) => Promise<void>]>([
    ['was revoked', 'revoked', (_, before) => scene.changeEntry({ revoked: [before] })],
    ['lost its key', 'missing', (version) => rm(join(version, 'privkey.pem'))],
    [
      'has the key of another',
      'mismatch',
      async (version) => writeFile(join(version, 'privkey.pem'), (await generatePrivateKey('ec256')).pem.reveal()),
    ],
  ])('is not gone back to when it %s, and a command is named', async (_, code, spoil) => {
    await issued()
    const [version, before] = [await scene.live('.'), await scene.serial()]
    await renew({ force: true })
    await spoil(version, before)
    await expect(undoRenewal(scene.renewalOrder({ undo: true }), scene.host)).rejects.toMatchObject({
      exitCode: 7,
      code,
      hint: `make a new one: certctl renew ${scene.directory.path} --force`,
    })
    expect(await scene.serial()).not.toBe(before)
  })

  it('is not gone back to when it was revoked while its successor was tried out', async () => {
    await issued()
    const before = await scene.serial()
    await renew({ force: true })
    const tried = await lookAtUndeployed(scene.directory, scene.host)
    await scene.changeEntry({ revoked: [before] })
    await expect(rollBack(tried!, scene.host)).rejects.toMatchObject({ code: 'revoked' })
    expect(await scene.serial()).not.toBe(before)
  })

  it('is gone back to from one that lost its key', async () => {
    await issued()
    const before = await scene.serial()
    await renew({ force: true })
    await loseKey()
    expect(await undoRenewal(scene.renewalOrder({ undo: true }), scene.host)).toMatchObject({ action: 'undone' })
    expect(await scene.serial()).toBe(before)
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })
})
