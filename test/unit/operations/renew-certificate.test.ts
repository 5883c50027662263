import { mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { FileError, RejectedError } from '../../../src/core/errors.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import type { CertificateRecord } from '../../../src/files/certificate-record.ts'
import { issueCertificate } from '../../../src/operations/issue-certificate.ts'
import type { KeySource } from '../../../src/operations/obtain-certificate.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import type { Renewal, RenewalOrder } from '../../../src/operations/renewal.ts'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { parsePrivateKey, generatePrivateKey } from '../../../src/pki/private-key.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { treeOf, useTemporaryDirectories } from '../files/temporary-directory.ts'
import { OperationsScene } from './operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene
let openedFor: CertificateRecord[]

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(async () => {
  scene = new OperationsScene(ca, await newDirectory())
  openedFor = []
})

/** Ninety days, so that the last thirty are those to renew in. */
async function issued(
  key: KeySource = { origin: 'generated', keyType: undefined },
  name = 'web.corp',
  directory = scene.directory,
): Promise<void> {
  const named = key.origin === 'csr' ? undefined : name
  const { name: planned, wanted } = planIssue({ name: named, sans: ['b.corp'], ttl: Duration.ofDays(90), key })
  await issueCertificate({ name: planned, wanted, directory, replace: false, outputs: {} }, scene.issuer, scene.host)
  scene.connector.requests.length = 0
  scene.measured.length = 0
}

function renew(changes: Partial<RenewalOrder> = {}, signal?: AbortSignal): Promise<Renewal> {
  const issuerFor = (record: CertificateRecord) => {
    openedFor.push(record)
    return Promise.resolve(scene.issuer)
  }
  return scene.renew({ issuerFor, ...changes }, signal)
}

function untilDue(): void {
  scene.clock.jumpWall(Duration.ofDays(61))
}

async function keyText(): Promise<string> {
  return readFile(join(scene.directory.path, 'privkey.pem'), 'utf8')
}

/** Files, links and their times. */
async function everything(): Promise<unknown> {
  const { mtimeMs, ctimeMs } = await stat(scene.directory.path)
  return { tree: await treeOf(scene.directory.path), mtimeMs, ctimeMs }
}

describe('with nothing due', () => {
  it('opens no issuer, takes no lock and writes nothing', async () => {
    await issued()
    const before = await everything()
    const stateBefore = await stat(join(scene.stateDirectory, 'locks'))
    const renewal = await renew()
    expect(renewal).toMatchObject({ action: 'not-due', name: 'web.corp', reason: '90d left', warnings: [] })
    expect(renewal.nextRenewalAt).toEqual(new Date('2026-04-30T12:00:00Z'))
    expect(await everything()).toEqual(before)
    expect((await stat(join(scene.stateDirectory, 'locks'))).mtimeMs).toBe(stateBefore.mtimeMs)
    expect(openedFor).toEqual([])
  })

  it('tells the metrics all the same', async () => {
    await issued()
    const { certificate, nextRenewalAt } = await renew()
    expect(scene.measured).toEqual([['certificate', 'web.corp', certificate.notAfter, nextRenewalAt]])
  })

  it.each([
    ['a second before', Duration.ofDays(60).minus(Duration.ofSeconds(1)), 'not-due'],
    ['the moment itself', Duration.ofDays(60), 'renewed'],
    ['after its end', Duration.ofDays(91), 'renewed'],
  ])('or due: %s', async (_, passed, action) => {
    await issued()
    scene.clock.jumpWall(passed)
    expect((await renew()).action).toBe(action)
  })

  it.each([
    [{ left: Duration.ofDays(91) }, 'renewed'],
    [{ left: Duration.ofDays(89) }, 'not-due'],
    [{ percentLeft: 99.9 }, 'not-due'],
  ])('goes by %j where that is given', async (renewBefore, action) => {
    await issued()
    expect((await renew({ renewBefore })).action).toBe(action)
  })
})

describe('when it is due', () => {
  it('replaces the set, and says when it is due next', async () => {
    await issued()
    const before = await scene.directory.read()
    untilDue()
    const renewal = await renew()
    expect(renewal).toMatchObject({ action: 'renewed', reason: '29d left', name: 'web.corp' })
    expect(renewal.nextRenewalAt).toEqual(new Date('2026-06-30T12:00:00Z'))
    const after = await scene.directory.read()
    expect(after.cert).toBe(renewal.certificate.pem)
    expect(after.cert).not.toBe(before.cert)
    expect(after.record).toEqual(before.record)
    expect(openedFor).toEqual([before.record])
  })

  it('asks for names and TTL as before', async () => {
    await issued()
    untilDue()
    await renew()
    expect(scene.connector.requests).toMatchObject([
      {
        commonName: 'web.corp',
        sans: [
          { type: 'dns', value: 'web.corp' },
          { type: 'dns', value: 'b.corp' },
        ],
        ttl: Duration.ofDays(90),
      },
    ])
  })

  it('asks for no common name where the name is too long for one', async () => {
    const name = `${'a'.repeat(60)}.corp`
    await issued(undefined, name)
    untilDue()
    await renew()
    expect(scene.connector.requests[0]?.commonName).toBeUndefined()
    expect((await scene.directory.read()).record.name).toBe(name)
  })

  it('asks for another TTL when told, and records it', async () => {
    await issued()
    untilDue()
    await renew({ ttl: Duration.ofDays(30) })
    expect(scene.connector.requests).toMatchObject([{ ttl: Duration.ofDays(30) }])
    expect((await scene.directory.read()).record.ttlSeconds).toBe(30 * 86400)
  })

  it('keeps what it does not know in the record', async () => {
    await issued()
    const path = join(scene.directory.path, 'certctl.json')
    const { writeFile, realpath } = await import('node:fs/promises')
    const record = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    await writeFile(await realpath(path), JSON.stringify({ ...record, probe: 'web.corp:443' }))
    untilDue()
    await renew()
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ probe: 'web.corp:443' })
  })

  it('only says so in a dry run', async () => {
    await issued()
    untilDue()
    const before = await everything()
    expect(await renew({ dryRun: true })).toMatchObject({ action: 'due', reason: '29d left' })
    expect(await renew({ dryRun: true, force: true })).toMatchObject({ action: 'due' })
    expect(await everything()).toEqual(before)
    expect(openedFor).toEqual([])
  })

  it('says that it was forced when it was not due', async () => {
    await issued()
    expect(await renew({ force: true, dryRun: true })).toMatchObject({ action: 'due', reason: '90d left, forced' })
    expect(await renew({ force: true })).toMatchObject({ action: 'renewed', reason: '90d left, forced' })
  })

  it('warns of a successor that is due again at once', async () => {
    await issued()
    const renewal = await renew({ renewBefore: { left: Duration.ofDays(100) } })
    expect(renewal.warnings).toEqual([expect.stringMatching(/due again at once/)])
  })

  it('warns of a successor that is due again at once by what is kept for it', async () => {
    await issued()
    await scene.changeEntry({ schedule: { renewBefore: '100d' } })
    expect((await renew()).warnings).toEqual([expect.stringMatching(/due again at once/)])
    expect((await renew({ dryRun: true })).warnings).toEqual([])
  })

  it('is done once by two runs at once', async () => {
    await issued()
    untilDue()
    const results = await scene.bothOf(renew(), renew())
    const actions = results.map((result) => (result.status === 'fulfilled' ? result.value.action : 'failed'))
    expect(actions.toSorted()).toEqual(['not-due', 'renewed'])
    expect(scene.connector.requests).toHaveLength(1)
  })
})

describe('the key', () => {
  it('is made anew by default', async () => {
    await issued()
    const before = await keyText()
    untilDue()
    const { certificate } = await renew()
    expect(await keyText()).not.toBe(before)
    expect(parsePrivateKey(await keyText(), 'the key').isFor(certificate)).toBe(true)
  })

  it('stays of its kind', async () => {
    await issued({ origin: 'generated', keyType: 'ec384' })
    untilDue()
    expect((await renew()).certificate.keyType).toBe('ec384')
  })

  it('becomes of another kind when told', async () => {
    await issued()
    untilDue()
    expect((await renew({ keyType: 'ed25519' })).certificate.keyType).toBe('ed25519')
    expect((await scene.directory.read()).record.keyType).toBe('ed25519')
  })

  it('is kept when told, for that once', async () => {
    await issued()
    const before = await keyText()
    await renew({ force: true, keyPolicy: 'reuse' })
    expect(await keyText()).toBe(before)
    expect((await scene.directory.read()).record.keyOrigin).toBe('generated')
    await renew({ force: true })
    expect(await keyText()).not.toBe(before)
  })

  it('that was given is kept, until another is asked for', async () => {
    const key = await generatePrivateKey('ec256')
    await issued({ origin: 'file', key })
    await renew({ force: true })
    expect(await keyText()).toBe(key.pem.reveal())
    expect((await scene.directory.read()).record.keyOrigin).toBe('file')
    await renew({ force: true, keyPolicy: 'rekey' })
    expect(await keyText()).not.toBe(key.pem.reveal())
    expect((await scene.directory.read()).record.keyOrigin).toBe('generated')
  })

  it('that was given makes place for another kind', async () => {
    await issued({ origin: 'file', key: await generatePrivateKey('ec256') })
    expect((await renew({ force: true, keyType: 'ec384' })).certificate.keyType).toBe('ec384')
  })

  it('that the issuer made is made by the issuer again', async () => {
    await issued({ origin: 'issuer', keyType: 'ec384' })
    await renew({ force: true })
    expect(scene.connector.requests[0]?.key).toEqual({ origin: 'issuer', keyType: 'ec384' })
  })
})

describe('a directory for a CSR', () => {
  async function issuedForCsr(): Promise<void> {
    const key = await generatePrivateKey('ec256')
    const csr = await parseCsr(await createCsr({ commonName: 'Web Server', sans: [], key }))
    await issued({ origin: 'csr', csr })
  }

  it.each([undefined, 'reuse'] as const)('is renewed by the same CSR, key policy %s', async (keyPolicy) => {
    await issuedForCsr()
    const { record } = await scene.directory.read()
    await renew({ force: true, keyPolicy })
    expect(scene.connector.requests).toMatchObject([
      { commonName: 'Web Server', key: { origin: 'csr', csr: record.csr } },
    ])
    const after = await scene.directory.read()
    expect(after.record).toEqual(record)
    expect(after.hasKey).toBe(false)
  })

  it.each([{ keyPolicy: 'rekey' as const }, { keyType: 'ec384' as const }])(
    'has no key here to replace: %j',
    async (changes) => {
      await issuedForCsr()
      await expect(renew({ force: true, ...changes })).rejects.toThrow(/its key is not here to be replaced/)
      expect(openedFor).toEqual([])
    },
  )
})

describe('a failure', () => {
  it('of the issuer leaves everything as it was', async () => {
    await issued()
    untilDue()
    const before = await treeOf(scene.directory.path)
    scene.connector.refuse = () => Promise.reject(new RejectedError('no'))
    await expect(renew()).rejects.toThrow('no')
    expect(await treeOf(scene.directory.path)).toEqual(before)
    expect(scene.measured).toEqual([['issuance', 'fake', 'validation']])
  })

  it('to open the issuer is that of the renewal', async () => {
    await issued()
    untilDue()
    const denied = new RejectedError('no token')
    await expect(renew({ issuerFor: () => Promise.reject(denied) })).rejects.toBe(denied)
    expect(scene.measured).toEqual([])
  })

  it.each([
    ['does not exist', 'nothing', () => Promise.resolve()],
    [
      'holds no certificate of certctl',
      'empty',
      async (path: string) => {
        const { mkdir } = await import('node:fs/promises')
        await mkdir(path)
      },
    ],
  ])('to find a certificate: it %s', async (message, name, make) => {
    const path = join(scene.directory.path, '..', name)
    await make(path)
    const renewal = renew({ directory: openCertificateDirectory(path) })
    await expect(renewal).rejects.toThrow(FileError)
    await expect(renewal).rejects.toThrow(message)
  })

  it('to find a key to use again', async () => {
    await issued()
    const { rm, realpath } = await import('node:fs/promises')
    await rm(await realpath(join(scene.directory.path, 'privkey.pem')))
    await expect(renew({ force: true, keyPolicy: 'reuse' })).rejects.toThrow(/holds no key that could be used again/)
    expect(openedFor).toEqual([])
  })

  it('before anything was sent: it was told to stop', async () => {
    await issued()
    await expect(renew({ force: true }, AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted')
    expect(scene.connector.requests).toEqual([])
  })
})

describe('a path beside the directory', () => {
  it('becomes that of one certificate when two ask for it at once', async () => {
    const other = openCertificateDirectory(`${scene.directory.path}2`)
    await issued()
    await issued(undefined, 'db.corp', other)
    const keyFile = `${scene.directory.path}.key`
    const outputs = { keyFile }
    const [one, two] = await scene.bothOf(renew({ outputs }), renew({ outputs, directory: other }))
    expect([one!.status, two!.status].sort()).toEqual(['fulfilled', 'rejected'])
    const owner = one!.status === 'fulfilled' ? scene.directory : other
    expect(await readFile(keyFile, 'utf8')).toBe((await owner.readKey())!.reveal())
    expect([one, two]).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'taken' }) as unknown }),
    )
  })

  it('is the same one when it is named by a link, and nobody is told to remove it', async () => {
    await issued()
    const base = dirname(scene.directory.path)
    await mkdir(join(base, 'keys'))
    await symlink('keys', join(base, 'link'))
    await renew({ outputs: { keyFile: join(base, 'keys', 'site.key') } })
    const keyFile = join(base, 'link', 'site.key')
    expect(await renew({ outputs: { keyFile } })).toMatchObject({ outputs: { keyFile }, warnings: [] })
  })
})

describe('what a killed run left', () => {
  it('is cleared by a run that has nothing to renew', async () => {
    await issued()
    const before = await treeOf(scene.directory.path)
    await mkdir(join(scene.directory.path, '.certctl', 'versions', '2'))
    expect(await scene.directory.hasLeftovers()).toBe(true)
    expect(await renew()).toMatchObject({ action: 'not-due' })
    expect(await treeOf(scene.directory.path)).toEqual(before)
  })
})
