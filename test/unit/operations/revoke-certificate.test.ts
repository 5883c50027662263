import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Revocation, RevocationTarget } from '../../../src/connectors/connector.ts'
import { Duration } from '../../../src/core/duration.ts'
import { RejectedError } from '../../../src/core/errors.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { Inventory } from '../../../src/files/inventory.ts'
import { issueCertificate } from '../../../src/operations/issue-certificate.ts'
import { locateCertificate } from '../../../src/operations/locate-certificate.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import { revokeCertificate } from '../../../src/operations/revoke-certificate.ts'
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
  answer = () => Promise.resolve()
  await issued()
})

async function issued(directory = scene.directory): Promise<void> {
  const key = { origin: 'generated', keyType: undefined } as const
  const { name, wanted } = planIssue({ name: 'web.corp', sans: [], ttl: Duration.ofDays(90), key })
  await issueCertificate({ name, wanted, directory, replace: true, outputs: {} }, scene.issuer, scene.host)
}

/** The issuer's answer, once it has not refused. */
let answer: () => Promise<void>

async function revoke(target: string, kind = 'vault') {
  const connector = {
    kind,
    async revoke({ serial }: RevocationTarget): Promise<Revocation> {
      await answer()
      return { serial, revokedAt: scene.clock.now(), warnings: [] }
    },
  }
  return revokeCertificate(connector, await locateCertificate(target, scene.stateDirectory), {
    reason: undefined,
    host: scene.host,
  })
}

async function revokedIn(directory = scene.directory): Promise<readonly string[] | undefined> {
  return new Inventory(scene.stateDirectory).read(await directory.realPath())?.revoked
}

describe('a revocation', () => {
  it.each<[string, () => Promise<string>]>([
    ['directory', () => Promise.resolve(scene.directory.path)],
    ['file in it', () => Promise.resolve(join(scene.directory.path, 'fullchain.pem'))],
    ['serial', () => scene.serial()],
    [
      'file elsewhere',
      async () => {
        const path = join(scene.stateDirectory, 'copy.pem')
        await writeFile(path, (await scene.directory.read()).cert)
        return path
      },
    ],
  ])('by %s is known to this host', async (_, target) => {
    const serial = await scene.serial()
    const { path: directory } = scene.directory
    expect(await revoke(await target())).toMatchObject({
      serial,
      warnings: [],
      directories: [{ directory, isLive: true }],
    })
    expect(await revokedIn()).toEqual([serial])
  })

  it('of a version that could be gone back to is known, too', async () => {
    const before = await scene.serial()
    await issued()
    expect(await revoke(before)).toMatchObject({ directories: [{ isLive: false }] })
    expect(await revokedIn()).toEqual([before])
  })

  it('is known for all directories that hold the certificate, and no other', async () => {
    const other = openCertificateDirectory(join(scene.stateDirectory, '..', 'other'))
    await issued(other)
    await revoke(await scene.serial())
    expect(await revokedIn(other)).toBeUndefined()
  })

  it('by an issuer of another kind is of another certificate', async () => {
    expect(await revoke(await scene.serial(), 'local')).toMatchObject({ directories: [] })
    expect(await revokedIn()).toBeUndefined()
  })

  it('that the issuer refuses is not recorded', async () => {
    answer = () => Promise.reject(new RejectedError('no'))
    await expect(revoke(scene.directory.path)).rejects.toThrow('no')
    expect(await revokedIn()).toBeUndefined()
  })

  it('twice writes nothing the second time', async () => {
    await revoke(scene.directory.path)
    const before = await treeOf(join(scene.stateDirectory, 'certificates'))
    await revoke(scene.directory.path)
    expect(await treeOf(join(scene.stateDirectory, 'certificates'))).toEqual(before)
  })

  it('that can not be recorded is done all the same, with a warning', async () => {
    const path = new Inventory(scene.stateDirectory).pathOf(await scene.directory.realPath())
    await chmod(path, 0o666)
    expect((await revoke(scene.directory.path)).warnings).toEqual([
      expect.stringMatching(/^the revocation is not recorded for .*: .* can be written by others/),
    ])
  })

  it('of a directory that this host does not know warns that nobody will see it', async () => {
    await new Inventory(scene.stateDirectory).forget(await scene.directory.realPath())
    const { directories, warnings } = await revoke(scene.directory.path)
    expect(directories).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('is not known to this user on this host')])
  })
})
