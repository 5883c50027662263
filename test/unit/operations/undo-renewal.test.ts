import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import type { Renewal } from '../../../src/operations/renewal.ts'
import { undoRenewal } from '../../../src/operations/undo-renewal.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'
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

const undo = (): Promise<Renewal> => undoRenewal(scene.renewalOrder({ undo: true }), scene.host)

async function accessOf(name: string): Promise<{ mode: string; gid: number }> {
  const { mode, gid } = await stat(join(scene.directory.path, name))
  return { mode: (mode & 0o7777).toString(8), gid }
}

describe('going back gives the files to those who may read them now', () => {
  it('to more than before', async () => {
    const first = await scene.issue()
    await scene.renew({ force: true, outputs: { keyMode: '0640', certMode: '0644' } })
    expect(await undo()).toMatchObject({ action: 'undone' })
    expect(await scene.serial()).toBe(first)
    expect(await accessOf('privkey.pem')).toMatchObject({ mode: '640' })
    expect(scene.status()).toMatchObject({ state: 'ok' })
  })

  it('to fewer than before', async () => {
    const first = await scene.issue({ outputs: { keyMode: '0644' } })
    await scene.renew({ force: true, outputs: { keyMode: '' } })
    await undo()
    expect(await scene.serial()).toBe(first)
    expect(await accessOf('privkey.pem')).toMatchObject({ mode: '600' })
  })

  it.runIf(process.getuid?.() === 0)('to another group than before, and to none', async () => {
    const daemon = 1
    const own = process.getgid!()
    await scene.issue()
    await scene.renew({ force: true, outputs: { group: String(daemon) } })
    await undo()
    expect(await accessOf('privkey.pem')).toMatchObject({ gid: daemon })
    await scene.renew({ force: true, outputs: { group: '' } })
    await undo()
    expect(await accessOf('privkey.pem')).toMatchObject({ gid: own })
  })

  it('and leaves nothing to clear but what was undone', async () => {
    await scene.issue({ outputs: { keyMode: '0640' } })
    await scene.renew({ force: true, outputs: { keyMode: '' } })
    await undo()
    expect(await scene.renew()).toMatchObject({ action: 'not-due', written: [] })
    expect(await scene.directory.hasLeftovers()).toBe(false)
  })
})

describe('what is gone back to', () => {
  it('is another certificate, also where the live one was written in several versions', async () => {
    const first = await scene.issue()
    await scene.renew({ force: true })
    await scene.renew({ outputs: { keyMode: '0640' } })
    expect((await undo()).certificate.serial).toBe(first)
    await expect(undo()).rejects.toMatchObject({ code: 'nothing-to-undo', exitCode: 7 })
    expect(await scene.serial()).toBe(first)
  })

  it('is nothing where there was only one certificate', async () => {
    const only = await scene.issue()
    await scene.renew({ outputs: { keyMode: '0640' } })
    await expect(undo()).rejects.toMatchObject({ code: 'nothing-to-undo', exitCode: 7 })
    expect(await scene.serial()).toBe(only)
  })

  it('has not expired', async () => {
    const first = await scene.issue({ ttl: Duration.ofHours(1) })
    await scene.renew({ force: true, ttl: Duration.ofDays(30) })
    const next = await scene.serial()
    scene.clock.jumpWall(Duration.ofHours(1))
    await expect(undo()).rejects.toMatchObject({
      code: 'expired',
      exitCode: 7,
      message: `the version before, ${first}, has expired`,
      hint: `make a new one: certctl renew ${scene.directory.path} --force`,
    })
    expect(await scene.serial()).toBe(next)
  })
})
