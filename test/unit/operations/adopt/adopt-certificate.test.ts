import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RevocationTarget } from '../../../../src/connectors/connector.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { openCertificateDirectory } from '../../../../src/files/certificate-directory.ts'
import { directoriesAt } from '../../../../src/files/directories-at.ts'
import { Inventory } from '../../../../src/files/inventory.ts'
import { adoptAll, findAdoptable } from '../../../../src/operations/adopt/adopt-all.ts'
import type { Adoption, AdoptionOrder } from '../../../../src/operations/adopt/adoption-order.ts'
import { locateCertificate } from '../../../../src/operations/locate-certificate.ts'
import { renewCertificate } from '../../../../src/operations/renew-certificate.ts'
import type { Renewal, RenewalOrder } from '../../../../src/operations/renewal.ts'
import { revokeCertificate, type RevokedCertificate } from '../../../../src/operations/revoke-certificate.ts'
import { undoRenewal } from '../../../../src/operations/undo-renewal.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { OtherTools } from '../../../support/other-tools.ts'
import { treeOf, useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { OperationsScene, recorded } from '../operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let tools: OtherTools
let scene: OperationsScene
let home: string

beforeAll(async () => {
  ca = await IssuingCa.create()
  tools = await OtherTools.create()
})

beforeEach(async () => {
  const temporary = await newDirectory()
  scene = new OperationsScene(ca, temporary)
  home = join(temporary, 'other')
  await mkdir(home)
})

const nothing: AdoptionOrder = {
  issuer: recorded,
  ttl: undefined,
  keyType: undefined,
  reuseKey: false,
  outputs: {},
  deployment: {},
  schedule: {},
  replace: false,
  dryRun: false,
}

async function adopt(path: string, changes: Partial<AdoptionOrder> = {}): Promise<Adoption> {
  const order = { ...nothing, ...changes }
  const { signal } = new AbortController()
  const found = await findAdoptable([path], order, signal)
  const [outcome] = await adoptAll(found, order, { parallel: 1, signal, host: scene.host }, () => undefined)
  if (outcome && 'adoption' in outcome) return outcome.adoption
  throw outcome?.error instanceof Error ? outcome.error : new Error('nothing was found')
}

function renew({ directory }: Adoption, changes: Partial<RenewalOrder> = {}): Promise<Renewal> {
  const order = scene.renewalOrder({ directory: openCertificateDirectory(directory), ...changes })
  return (order.undo ? undoRenewal : renewCertificate)(order, scene.host)
}

async function revoke(path: string): Promise<RevokedCertificate> {
  const connector = {
    kind: 'vault',
    revoke: ({ serial }: RevocationTarget) => Promise.resolve({ serial, revokedAt: scene.clock.now(), warnings: [] }),
  }
  const target = await locateCertificate(path, scene.stateDirectory)
  return revokeCertificate(connector, target, { reason: undefined, host: scene.host })
}

/** Issued now, for ninety days. */
function foreign(names: readonly string[] = ['web.test', 'www.web.test']) {
  return tools.certificate({ names, from: scene.clock.now(), keyType: 'ec384' })
}

const statusOf = ({ directory }: Adoption) => scene.status(directory)

describe('a certificate that is taken over', () => {
  it('is asked for again as it is, when it is due', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    expect(adoption).toMatchObject({ action: 'adopted', name: 'web.test', warnings: [] })
    expect(await renew(adoption)).toMatchObject({ action: 'not-due' })
    expect(scene.connector.requests).toEqual([])
    scene.clock.jumpWall(Duration.ofDays(61))
    const { certificate, action } = await renew(adoption)
    expect([action, certificate.keyType]).toEqual(['renewed', 'ec384'])
    expect(scene.connector.requests).toMatchObject([
      {
        commonName: 'web.test',
        sans: [
          { type: 'dns', value: 'web.test' },
          { type: 'dns', value: 'www.web.test' },
        ],
        ttl: Duration.ofDays(90),
      },
    ])
  })

  it('may be asked for otherwise', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home, { ttl: Duration.ofHours(8), keyType: 'rsa2048' })
    expect((await renew(adoption, { force: true })).certificate.keyType).toBe('rsa2048')
    expect(scene.connector.requests).toMatchObject([{ ttl: Duration.ofHours(8) }])
  })

  it('keeps its key where that is told', async () => {
    const { key, ...rest } = await foreign()
    await tools.step(home, 'web', { key, ...rest })
    const { certificate } = await renew(await adopt(home, { reuseKey: true }), { force: true })
    expect(key.isFor(certificate)).toBe(true)
  })

  it('has a name to ask for also where it is in its subject alone', async () => {
    const from = scene.clock.now()
    await tools.step(home, 'web', await tools.certificate({ names: ['web.test'], sans: [], from }))
    await renew(await adopt(home), { force: true })
    expect(scene.connector.requests).toMatchObject([{ commonName: 'web.test', sans: [{ value: 'web.test' }] }])
  })

  it('needs a name', async () => {
    await tools.step(home, 'web', await foreign([]))
    await expect(adopt(home)).rejects.toMatchObject({ code: 'nameless' })
  })

  it('is the one that another tool puts in its place, until the first renewal', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    scene.clock.jumpWall(Duration.ofDays(61))
    expect(statusOf(adoption).state).toBe('due')
    const next = await foreign(['web.test'])
    await tools.step(home, 'web', next)
    expect(statusOf(adoption)).toMatchObject({ state: 'ok', certificate: { serial: next.leaf.serial } })
    expect(await renew(adoption)).toMatchObject({ action: 'not-due', certificate: next.leaf })
    expect(await adopt(home)).toMatchObject({ action: 'updated' })
    await renew(adoption, { force: true })
    expect(scene.connector.requests).toMatchObject([{ sans: [{ value: 'web.test' }] }])
    expect(await renew(adoption, { undo: true })).toMatchObject({ certificate: next.leaf })
  })

  it('is revoked as it is in its place, and then renewed', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    const next = await foreign()
    await tools.step(home, 'web', next)
    expect(await revoke(home)).toMatchObject({
      serial: next.leaf.serial,
      directories: [{ directory: adoption.directory, isLive: true }],
    })
    expect(statusOf(adoption)).toMatchObject({ state: 'revoked' })
    expect(await renew(adoption)).toMatchObject({ action: 'renewed' })
    await expect(renew(adoption, { undo: true })).rejects.toMatchObject({ code: 'revoked' })
  })

  it('is fine once another tool has replaced the one that was revoked', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    await revoke(home)
    await tools.step(home, 'web', await foreign())
    expect(statusOf(adoption)).toMatchObject({ state: 'ok' })
    expect(await renew(adoption)).toMatchObject({ action: 'not-due' })
  })

  it('is missing when its files are, and comes back with its renewal', async () => {
    const [crt] = await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    await rm(crt)
    expect(statusOf(adoption)).toMatchObject({ state: 'missing', reason: `${crt} is gone` })
    await writeFile(crt, 'half a certificate')
    expect(statusOf(adoption)).toMatchObject({
      state: 'missing',
      reason: `its certificate can't be read any more in ${home}`,
    })
    await renew(adoption)
    expect(statusOf(adoption)).toMatchObject({ state: 'ok' })
    expect(await readFile(crt, 'utf8')).toContain('BEGIN CERTIFICATE')
  })

  it('is not waited for where a pipe is in its place', async () => {
    const [crt] = await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    await rm(crt)
    execFileSync('mkfifo', [crt])
    expect(statusOf(adoption)).toMatchObject({ state: 'missing' })
  })

  it('stays what was taken over when what is put in its place makes no sense', async () => {
    const [crt, key] = await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    await writeFile(key, 'half a key')
    await writeFile(crt, (await foreign()).leaf.pem)
    await renew(adoption, { force: true })
    expect((await renew(adoption, { undo: true })).certificate).toEqual(adoption.certificate)
  })

  it('has nothing before it, before its first renewal and once that was undone', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    const refusal = (message: string) => ({ code: 'nothing-to-undo', message: `${adoption.directory} ${message}` })
    const notYet = refusal('was taken over, and certctl has not renewed it yet')
    await expect(renew(adoption, { undo: true })).rejects.toMatchObject(notYet)
    await renew(adoption, { force: true })
    await renew(adoption, { undo: true })
    const nothingBefore = refusal('has no certificate before this one')
    await expect(renew(adoption, { undo: true })).rejects.toMatchObject(nothingBefore)
  })

  it('is found by its directory, by each of its files, and by nothing else', async () => {
    const [crt, key] = await tools.step(home, 'web', await foreign())
    const { directory } = await adopt(home)
    for (const path of [home, crt, key]) expect(await directoriesAt(path, scene.stateDirectory)).toEqual([directory])
    expect(await directoriesAt(join(home, 'else'), scene.stateDirectory)).toEqual([join(home, 'else')])
  })

  it('is private, and kept at one place however it is named', async () => {
    const [crt] = await tools.step(home, 'web', await foreign())
    const { directory } = await adopt(home)
    expect(directory).toBe(join(scene.stateDirectory, 'adopted', home))
    expect((await stat(scene.stateDirectory)).mode & 0o777).toBe(0o700)
    const tree = await treeOf(directory)
    expect(tree['.certctl/versions/1/privkey.pem']).toMatch(/^600 /)
    expect(await adopt(crt)).toMatchObject({ action: 'unchanged', directory })
    expect((await new Inventory(scene.stateDirectory).list()).directories).toEqual([directory])
  })

  it('is not taken over twice once it is renewed, and is anew once this host has forgotten it', async () => {
    await tools.step(home, 'web', await foreign())
    const adoption = await adopt(home)
    await renew(adoption, { force: true })
    expect(await adopt(home)).toMatchObject({ action: 'unchanged', reason: 'taken over and renewed already' })
    await new Inventory(scene.stateDirectory).forget(adoption.directory)
    expect(await adopt(home)).toMatchObject({ action: 'updated' })
  })
})
