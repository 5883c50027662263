import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { MetricsPush } from '../../../../src/cli/keep-alive/metrics-push.ts'
import { Duration } from '../../../../src/core/duration.ts'
import type { PushLimits } from '../../../../src/metrics/push-gateway.ts'
import { FakeClock, settle } from '../../../support/fake-clock.ts'
import { RememberingLogger } from '../../http/fakes.ts'

/** A gateway that does what it is told, and metrics that say how often they were asked for. */
function scene() {
  const pushed: string[] = []
  const timeouts: number[] = []
  const state = { failure: undefined as string | undefined, hang: undefined as Promise<void> | undefined }
  let version = 0
  const gateway = {
    async push({ body }: { body: string }, { timeout, signal }: PushLimits) {
      timeouts.push(timeout.milliseconds)
      if (state.hang) await Promise.race([state.hang, signal && once(signal, 'abort')])
      signal?.throwIfAborted()
      if (state.failure !== undefined) throw new Error(state.failure)
      pushed.push(body)
    },
  }
  const clock = new FakeClock()
  const logger = new RememberingLogger()
  const metrics = { text: () => Promise.resolve({ contentType: 'text/plain', body: `metrics ${(version += 1)}\n` }) }
  const push = new MetricsPush({
    address: new URL('http://gw:9091/path'),
    open: () => Promise.resolve(gateway),
    metrics,
    logger,
    clock,
  })
  return { push, pushed, timeouts, state, clock, logger }
}

describe('pushing metrics', () => {
  it('has one push under way, and one that waits for what changed meanwhile', async () => {
    const { push, pushed, state } = scene()
    let release = (): void => undefined
    state.hang = new Promise((resolve) => (release = resolve))
    push.open()
    for (let event = 0; event < 100; event += 1) push.observe()
    await settle()
    release()
    await settle()
    expect(pushed).toEqual(['metrics 1\n', 'metrics 2\n'])
    push.observe()
    await settle()
    expect(pushed).toHaveLength(3)
  })

  it('is tried again by itself after failures, with growing pauses, however much happens', async () => {
    const { push, pushed, state, clock } = scene()
    state.failure = 'connection refused'
    push.open()
    await clock.advance(Duration.ofSeconds(10 + 20 + 40 + 80 + 160 + 300 + 300))
    for (let event = 0; event < 100; event += 1) push.observe()
    await settle()
    expect(clock.sleeps.map(({ seconds }) => seconds)).toEqual([10, 20, 40, 80, 160, 300, 300, 300])
    state.failure = undefined
    await clock.advance(Duration.ofSeconds(300))
    expect(pushed).toHaveLength(1)
    state.failure = 'connection refused'
    push.observe()
    await settle()
    expect(clock.sleeps.at(-1)?.seconds).toBe(10)
  })

  it('is warned of once for each cause, and its return told, without the path of the gateway', async () => {
    const { push, state, clock, logger } = scene()
    state.failure = 'connection refused'
    push.open()
    await clock.advance(Duration.ofSeconds(40))
    state.failure = 'status 400'
    await clock.advance(Duration.ofSeconds(600))
    state.failure = undefined
    await clock.advance(Duration.ofSeconds(600))
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: 'metrics cannot be pushed',
        fields: { gateway: 'http://gw:9091', cause: 'connection refused' },
      },
      {
        level: 'warn',
        message: 'metrics cannot be pushed',
        fields: { gateway: 'http://gw:9091', cause: 'status 400' },
      },
      { level: 'info', message: 'metrics are pushed again', fields: { gateway: 'http://gw:9091' } },
    ])
  })

  it.each([
    [true, 100],
    [false, 5000],
  ])('that hangs is called off at the end; when stopped: %s, the last one has %i ms', async (isStopped, limit) => {
    const { push, pushed, timeouts, state, logger } = scene()
    state.hang = new Promise(() => undefined)
    push.open()
    await settle()
    const closing = push.close(isStopped)
    state.hang = undefined
    await closing
    expect(timeouts).toEqual([10_000, limit])
    expect(pushed).toHaveLength(1)
    expect(logger.lines).toEqual([])
  })

  it('is not repeated at the end when nothing has changed', async () => {
    const { push, pushed } = scene()
    push.open()
    await settle()
    await push.close(true)
    expect(pushed).toHaveLength(1)
  })
})
