import { beforeAll, beforeEach, expect, it } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import { RejectedError } from '../../../../src/core/errors.ts'
import { Inventory } from '../../../../src/files/inventory.ts'
import { nothingDue } from '../../../../src/operations/nothing-due.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { OperationsScene } from '../operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ending: IssuingCa
let lasting: IssuingCa
let scene: OperationsScene

// The scene's clock stands at 2026-03-01T12:00:00Z.
beforeAll(async () => {
  ending = await IssuingCa.create(new Date('2026-03-31T12:00:00Z'))
  lasting = await IssuingCa.create()
})

/** For 90 days from an issuer that ends in 30. */
beforeEach(async () => {
  scene = new OperationsScene(ending, await newDirectory())
  await scene.issue({ ttl: Duration.ofDays(90) })
})

const days = (count: number): void => scene.clock.jumpWall(Duration.ofDays(count))

it('a certificate that outlives its issuer ends with that, and is due before', async () => {
  expect(scene.status()).toMatchObject({ state: 'ok' })
  expect(nothingDue(scene.renewalOrder(), scene.host)?.reason).toBe('30d left of its issuer')
  days(21)
  expect(scene.status()).toMatchObject({ state: 'due' })
  expect(nothingDue(scene.renewalOrder(), scene.host)).toBeUndefined()
  expect(await scene.renew({ dryRun: true })).toMatchObject({ action: 'due', reason: '9d left of its issuer' })
  days(10)
  expect(scene.status()).toMatchObject({ state: 'expired', reason: 'since 1d, with its issuer' })
  expect(await scene.renew({ dryRun: true })).toMatchObject({ action: 'due', reason: 'its issuer has ended' })
})

it('it is not followed by another of the same issuer, and the try is remembered', async () => {
  days(21)
  await expect(scene.renew()).rejects.toThrow(RejectedError)
  expect(scene.connector.requests).toHaveLength(1) // Of issuing it.
  expect(scene.status()).toMatchObject({ certificate: { lastError: { code: 'issuer-ends' } } })
})

it('its end is forgotten with its successor from an issuer that lasts', async () => {
  const kept = async (): Promise<string | undefined> =>
    new Inventory(scene.stateDirectory).read(await scene.directory.realPath())?.issuerEndsAt
  expect(await kept()).toBe('2026-03-31T12:00:00Z')
  const other = new OperationsScene(lasting, await newDirectory())
  await scene.renew({ force: true, issuerFor: () => Promise.resolve(other.issuer) })
  expect(await kept()).toBeUndefined()
  expect(nothingDue(scene.renewalOrder(), scene.host)?.reason).toBe('90d left')
})
