import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { Inventory } from '../../../src/files/inventory.ts'
import { PublishJournal } from '../../../src/files/plain/publish-journal.ts'
import { issueCertificate } from '../../../src/operations/issue-certificate.ts'
import { nothingDue } from '../../../src/operations/nothing-due.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import { renewCertificate } from '../../../src/operations/renew-certificate.ts'
import { describeCertificate } from '../../../src/pki/certificate.ts'
import { generatePrivateKey } from '../../../src/pki/private-key.ts'
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
  const key = { origin: 'generated', keyType: undefined } as const
  const plan = planIssue({ name: 'web.corp', sans: [], ttl: Duration.ofDays(90), key })
  const { directory } = scene
  await issueCertificate({ ...plan, directory, replace: false, outputs: {} }, scene.issuer, scene.host)
  scene.measured.length = 0
})

describe('a short look at a certificate', () => {
  it.each<[string, object]>([
    ['that has nothing to it', {}],
    ['with a schedule', { schedule: { renewBefore: '10d', window: ['Sun 02:00-04:00'] } }],
    ['that is deployed', { deployed: { fingerprint: 'aa', at: '2026-03-01T12:00:00Z' } }],
    ['whose deployment is owed', { pending: { fingerprint: 'aa', since: '2026-03-01T12:00:00Z', tries: 1 } }],
  ])('%s says what the long one says', async (_, entry) => {
    await scene.changeEntry(entry)
    // A link to the directory is what only the long way follows.
    await symlink(scene.directory.path, `${scene.directory.path}-link`)
    const linked = openCertificateDirectory(`${scene.directory.path}-link`)
    const short = nothingDue(scene.renewalOrder(), scene.host)
    const measured = scene.measured.splice(0)
    expect(nothingDue(scene.renewalOrder({ directory: linked }), scene.host)).toBeUndefined()
    const long = await renewCertificate(scene.renewalOrder({ directory: linked }), scene.host)
    const { certificate, files, ...told } = short!
    expect(long).toMatchObject(told)
    expect(describeCertificate(certificate)).toEqual(describeCertificate(long.certificate))
    expect(files.key).toBe(join(scene.directory.path, 'privkey.pem'))
    expect(measured).toEqual(scene.measured)
  })

  it('takes what was read for all of a batch', async () => {
    await scene.changeEntry({ deployed: { fingerprint: 'aa', at: '2026-03-01T12:00:00Z' } })
    const { entries } = await new Inventory(scene.stateDirectory).list()
    await scene.changeEntry({ deployed: undefined })
    const known = { entries, mayHaveJournals: false }
    expect(nothingDue(scene.renewalOrder({ known }), scene.host)).toMatchObject({ deploy: 'done' })
  })

  it.each<[string, () => unknown]>([
    ['is due', () => scene.clock.jumpWall(Duration.ofDays(61))],
    ['has expired', () => scene.clock.jumpWall(Duration.ofDays(91))],
    [
      'is not known to this host',
      async () => new Inventory(scene.stateDirectory).forget(await scene.directory.realPath()),
    ],
    [
      'is known by a broken entry',
      async () => writeFile(new Inventory(scene.stateDirectory).pathOf(await scene.directory.realPath()), '{'),
    ],
    [
      'was being published elsewhere',
      async () => {
        const journal = new PublishJournal(scene.stateDirectory, await scene.directory.realPath())
        await journal.begin({ version: 2, paths: [] })
      },
    ],
    ['has lost its key', async () => rm(await scene.live('privkey.pem'))],
    [
      'has the key of another',
      async () => writeFile(await scene.live('privkey.pem'), (await generatePrivateKey('ec256')).pem.reveal()),
    ],
    ['was revoked', async () => scene.changeEntry({ revoked: [await scene.serial()] })],
    ['has a version that a killed run left', () => mkdir(join(scene.directory.path, '.certctl/versions/2'))],
  ])('does not settle it when it %s', async (_, make) => {
    expect(nothingDue(scene.renewalOrder(), scene.host)).toBeDefined()
    await make()
    expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
  })
})
