import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { withLock } from '../../../src/files/lock.ts'
import { PublishJournal } from '../../../src/files/plain/publish-journal.ts'
import { noMetrics } from '../../../src/metrics/metrics.ts'
import type { Host } from '../../../src/operations/host.ts'
import { lockedDirectory } from '../../../src/operations/locked-directory.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
let base: string
let clock: FakeClock
let host: Host

beforeEach(async () => {
  base = await newDirectory()
  const stateDirectory = join(base, 'state')
  clock = new FakeClock()
  host = { clock, stateDirectory, metrics: noMetrics, environment: {}, jitterOf: () => 0 }
})

it('touches what a killed run has begun elsewhere only when nobody publishes there', async () => {
  const { stateDirectory } = host
  const path = join(base, 'site.key')
  const directory = openCertificateDirectory(join(base, 'web'))
  await new PublishJournal(stateDirectory, directory.path).begin({ version: 1, paths: [path] })
  const locks = join(stateDirectory, 'locks')
  const steps: string[] = []
  let running = Promise.resolve()
  await withLock(locks, path, { clock }, async () => {
    running = lockedDirectory(directory, host, undefined, () => Promise.resolve()).then(() => void steps.push('done'))
    while (clock.sleeping === 0 && steps.length === 0) await settle()
    steps.push('released')
  })
  await clock.advance(Duration.ofSeconds(1))
  await running
  expect(steps).toEqual(['released', 'done'])
  expect(await readdir(join(stateDirectory, 'journals'))).toEqual([])
})
