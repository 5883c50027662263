import { stat } from 'node:fs/promises'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import type { Deployment } from '../../../../src/files/deployment-entry.ts'
import { changeEntry, lookAtUndeployed } from '../../../../src/operations/deployment/deployable.ts'
import { settled } from '../../../../src/operations/deployment/owed.ts'
import { noWayBackReason, rollBack } from '../../../../src/operations/deployment/roll-back.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { OperationsScene } from '../operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene

const deployment: Deployment = { probe: ['127.0.0.1:9'] }

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(async () => {
  scene = new OperationsScene(ca, await newDirectory())
})

/** With a probe that nothing has answered yet. Returns its serial. */
function issue(ttl?: Duration): Promise<string> {
  return scene.issue({ deployment, ...(ttl && { ttl }) })
}

/** What is live has proven to be in use. */
async function prove(): Promise<void> {
  const { certificate, entry } = (await lookAtUndeployed(scene.directory, scene.host))!
  await changeEntry(scene.directory, scene.host, (now) =>
    settled(now, entry.pending, certificate.fingerprintSha256, scene.clock.now()),
  )
}

async function takeBack(): Promise<void> {
  const refused = await lookAtUndeployed(scene.directory, scene.host)
  await rollBack(refused!, scene.host)
}

describe('what is not served gives way', () => {
  it('to the certificate that was in use last, not to one that never was', async () => {
    const used = await issue()
    await prove()
    await scene.renew({ force: true })
    await scene.renew({ force: true })
    await takeBack()
    expect(await scene.serial()).toBe(used)
  })

  it('to the one before where what was in use last is not kept any more', async () => {
    await issue()
    await prove()
    await scene.renew({ force: true })
    await scene.renew({ force: true })
    const before = await scene.serial()
    await scene.renew({ force: true })
    await takeBack()
    expect(await scene.serial()).toBe(before)
  })

  it('to files for those who may read them now', async () => {
    await issue()
    await prove()
    await scene.renew({ force: true, outputs: { keyMode: '0640' } })
    await takeBack()
    expect(((await stat(await scene.live('privkey.pem'))).mode & 0o777).toString(8)).toBe('640')
  })

  it('to nothing that has expired', async () => {
    const before = await issue(Duration.ofHours(1))
    await prove()
    await scene.renew({ force: true, ttl: Duration.ofDays(30) })
    scene.clock.jumpWall(Duration.ofHours(1))
    const error: unknown = await takeBack().catch((thrown: unknown) => thrown)
    expect(noWayBackReason(error)).toBe(`the version before, ${before}, has expired`)
  })

  it('to nothing where it was only written once more', async () => {
    const only = await issue()
    await scene.renew({ outputs: { keyMode: '0640' } })
    const error: unknown = await takeBack().catch((thrown: unknown) => thrown)
    expect(noWayBackReason(error)).toBe('there is no version before it')
    expect(await scene.serial()).toBe(only)
  })
})
