import { describe, expect, it } from 'vitest'
import { Lease } from '../../../../../src/connectors/vault/renewal/lease.ts'
import { type Moment, momentNow } from '../../../../../src/connectors/vault/renewal/moment.ts'
import { WatchedClock } from '../../../../../src/connectors/vault/renewal/watched-clock.ts'
import { s } from './renewer-scene.ts'
import { SteppedClock } from './stepped-clock.ts'

describe('the lease of a slow answer', () => {
  async function slowLease(): Promise<{ clock: SteppedClock; lease: Lease }> {
    const clock = new SteppedClock()
    const watched = new WatchedClock(clock)
    const asked = momentNow(watched)
    await clock.advance(s(3))
    return { clock, lease: new Lease(watched, asked, s(10)) }
  }

  const momentAt = (seconds: number): Moment => ({
    wall: new Date(seconds * 1000),
    monotonic: s(seconds),
    elapsed: s(seconds),
  })

  it('is certain from the moment it was asked for only', async () => {
    const { lease } = await slowLease()
    expect(lease.end.monotonic.seconds).toBe(10)
    expect(lease.left.seconds).toBe(7)
  })

  it('is over for nobody before it would be if the server had granted it last', async () => {
    const { clock, lease } = await slowLease()
    await clock.advance(s(7.5))
    expect(lease.isOver).toBe(false)
    expect(lease.left.seconds).toBe(2.5)
    await clock.advance(s(2.5))
    expect(lease.isOver).toBe(true)
  })

  it('reaches further when the answer to a later renewal was lost, and no less far', async () => {
    const { lease } = await slowLease()
    lease.mayReach(momentAt(12))
    expect(lease.lastEnd.monotonic.seconds).toBe(13)
    lease.mayReach(momentAt(20))
    expect(lease.lastEnd.monotonic.seconds).toBe(20)
  })
})
