import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FileError } from '../../../src/core/errors.ts'
import { openCertificateDirectory, type CertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { issueCertificate } from '../../../src/operations/issue-certificate.ts'
import { planIssue } from '../../../src/operations/plan-issue.ts'
import { renewAll, type RenewalOutcome } from '../../../src/operations/renew-all.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'
import { OperationsScene } from './operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene
let directories: CertificateDirectory[]
let temporary: string

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(async () => {
  temporary = await newDirectory()
  scene = new OperationsScene(ca, temporary)
  directories = ['a', 'b', 'c'].map((name) => openCertificateDirectory(join(temporary, name)))
  for (const directory of directories) {
    const plan = planIssue({
      name: 'web.corp',
      sans: [],
      ttl: undefined,
      key: { origin: 'generated', keyType: undefined },
    })
    await issueCertificate({ ...plan, directory, replace: false, outputs: {} }, scene.issuer, scene.host)
  }
})

function run(all: readonly CertificateDirectory[], parallel: number, stop = new AbortController()) {
  const told: RenewalOutcome[] = []
  let [running, most] = [0, 0]
  scene.connector.refuse = async () => {
    most = Math.max(most, (running += 1))
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
  }
  const outcomes = renewAll(
    all,
    scene.renewalOrder({ force: true }),
    { host: scene.host, parallel, signal: stop.signal },
    (outcome) => told.push(outcome),
  )
  return { outcomes, told, most: () => most }
}

function actionsOf(outcomes: readonly RenewalOutcome[]): readonly string[] {
  return outcomes.map((outcome) => ('error' in outcome ? 'failed' : outcome.renewal.action))
}

describe('renewAll', () => {
  it.each([1, 2, 64])('renews all, %i at a time at most, and answers in the order asked', async (parallel) => {
    const { outcomes, told, most } = run(directories, parallel)
    expect(actionsOf(await outcomes)).toEqual(['renewed', 'renewed', 'renewed'])
    expect((await outcomes).map(({ directory }) => directory)).toEqual(directories.map(({ path }) => path))
    expect(told).toHaveLength(3)
    expect(most()).toBeLessThanOrEqual(Math.min(parallel, 3))
  })

  it('lets one that fails keep none from its turn', async () => {
    const missing = openCertificateDirectory(join(temporary, 'missing'))
    const outcomes = await run([missing, ...directories], 1).outcomes
    expect(actionsOf(outcomes)).toEqual(['failed', 'renewed', 'renewed', 'renewed'])
    expect(outcomes[0]).toMatchObject({ directory: missing.path, error: expect.any(FileError) as unknown })
  })

  it('begins no more once it was told to stop', async () => {
    const stop = new AbortController()
    stop.abort(new Error('interrupted'))
    expect(await run(directories, 2, stop).outcomes).toEqual([])
  })

  it('answers with what was begun when it is told to stop midway', async () => {
    const stop = new AbortController()
    const { outcomes } = run(directories, 1, stop)
    scene.connector.refuse = () => Promise.resolve(stop.abort(new Error('interrupted')))
    expect(actionsOf(await outcomes)).toEqual(['renewed'])
  })

  it('has nothing to do for nothing', async () => {
    expect(await run([], 4).outcomes).toEqual([])
  })
})
