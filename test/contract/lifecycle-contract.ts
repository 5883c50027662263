import { performance } from 'node:perf_hooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasLifecycle, type Lifecycle } from '../../src/connectors/lifecycle.ts'

/** Background work in one situation, such as a server that never answers. */
export interface LifecycleSubject {
  readonly lifecycle: Lifecycle
  /** How often the work has begun since it was made. */
  begun(): number
  /** Lets go of what the situation needed, such as a listener. */
  dispose?(): Promise<void>
}

/** From the moment of the stop to the end of the work, also in the middle of a request. */
const longestStop = 200

/** What every Lifecycle promises, on the real clock. */
export function lifecycleContract(situation: string, make: () => LifecycleSubject | Promise<LifecycleSubject>): void {
  describe(`a lifecycle, ${situation},`, () => {
    let subject: LifecycleSubject
    let lifecycle: Lifecycle

    beforeEach(async () => {
      subject = await make()
      lifecycle = subject.lifecycle
    })

    afterEach(async () => {
      await lifecycle.stop()
      await subject.dispose?.()
    })

    it('is found by its two methods', () => {
      expect(hasLifecycle(lifecycle)).toBe(true)
    })

    it('does nothing before it is started, and a stop before that is safe', async () => {
      await lifecycle.stop()
      await lifecycle.stop()
      expect(subject.begun()).toBe(0)
    })

    it('begins its work once when it is started twice', async () => {
      await Promise.all([lifecycle.start(), lifecycle.start()])
      await lifecycle.start()
      await expectBegun(subject, 1)
    })

    it('can be stopped twice, one after the other and at once', async () => {
      await lifecycle.start()
      await expectBegun(subject, 1)
      await Promise.all([lifecycle.stop(), lifecycle.stop()])
      await lifecycle.stop()
      expect(subject.begun()).toBe(1)
    })

    it('starts again after a stop, also when that was not waited for', async () => {
      await lifecycle.start()
      await expectBegun(subject, 1)
      await lifecycle.stop()
      await lifecycle.start()
      await expectBegun(subject, 2)
      const stopped = lifecycle.stop()
      await Promise.all([stopped, lifecycle.start()])
      await expectBegun(subject, 3)
    })

    it('starts after a stop that came before any start', async () => {
      await lifecycle.stop()
      await lifecycle.start()
      await expectBegun(subject, 1)
    })

    it('stops within 200 ms, at once after the start and in the middle of its work', async () => {
      await lifecycle.start()
      expect(await stopTime(lifecycle)).toBeLessThan(longestStop)
      const before = subject.begun()
      await lifecycle.start()
      await expectBegun(subject, before + 1)
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(await stopTime(lifecycle)).toBeLessThan(longestStop)
    })

    it('says that it was stopped, if it says how it ended', async () => {
      await lifecycle.start()
      const ended = lifecycle.ended?.()
      await lifecycle.stop()
      expect((await ended)?.reason ?? 'stopped').toBe('stopped')
    })
  })
}

async function expectBegun(subject: LifecycleSubject, times: number): Promise<void> {
  await expect.poll(() => subject.begun(), { timeout: 2000, interval: 5 }).toBe(times)
}

async function stopTime(lifecycle: Lifecycle): Promise<number> {
  const before = performance.now()
  await lifecycle.stop()
  return performance.now() - before
}
