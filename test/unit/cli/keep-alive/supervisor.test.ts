import { describe, expect, it } from 'vitest'
import { Supervisor } from '../../../../src/cli/keep-alive/supervisor.ts'
import { TokenWatch } from '../../../../src/cli/keep-alive/token-watch.ts'
import type { RenewerEvent } from '../../../../src/connectors/vault/renewal/renewer-event.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { UnavailableError } from '../../../../src/core/errors.ts'
import { FakeClock, settle } from '../../../support/fake-clock.ts'

const started: RenewerEvent = {
  kind: 'started',
  ttl: Duration.ofHours(1),
  expiresAt: new Date('2026-03-01T13:00:00Z'),
  renewable: true,
  nextRenewalAt: new Date('2026-03-01T12:30:00Z'),
}
const waiting: RenewerEvent = {
  kind: 'waiting',
  error: new UnavailableError('sealed'),
  failures: 1,
  loud: true,
  nextAttemptAt: new Date('2026-03-01T12:00:01Z'),
}

function scene(watchdog?: Duration) {
  const clock = new FakeClock(new Date('2026-03-01T12:00:00Z'))
  const watch = new TokenWatch(clock)
  const loop = watch.watch('prod', Duration.ofSeconds(30))
  const sent: (readonly string[])[] = []
  const messages = { send: (all: readonly string[]) => void sent.push(all), close: () => Promise.resolve() }
  const supervisor = new Supervisor({ messages, watch, clock, watchdog, microseconds: () => 42n })
  const happens = (event: RenewerEvent): void => {
    loop.observe(event)
    supervisor.observe()
  }
  return { supervisor, loop, clock, sent, happens }
}

const ready = 'STATUS=1 token ready; next renewal 2026-03-01T12:30:00Z (prod); 3600 s left until 2026-03-01T13:00:00Z'

describe('what the service manager is told', () => {
  it('is READY once, when a token is proven', () => {
    const { sent, happens } = scene()
    happens(waiting)
    expect(sent).toEqual([['STATUS=1 of 1 token not ready: prod waiting (sealed)']])
    happens(started)
    expect(sent.slice(1)).toEqual([['READY=1', ready]])
    happens(started)
    expect(sent.filter(([first]) => first === 'READY=1')).toHaveLength(1)
  })

  it('is a status line now and then, however much happens', async () => {
    const { sent, happens, clock } = scene()
    happens(started)
    for (let event = 0; event < 50; event += 1) happens(started)
    await settle()
    expect(sent).toHaveLength(2)
    await clock.advance(Duration.ofSeconds(5))
    expect(sent).toHaveLength(3)
    await clock.advance(Duration.ofSeconds(60))
    expect(sent).toHaveLength(3)
  })

  it('is a reload, and READY when the last that was asked for is over', () => {
    const { supervisor, sent, happens } = scene()
    happens(started)
    supervisor.reloading()
    supervisor.reloading()
    supervisor.reloaded()
    expect(sent.slice(1)).toEqual([['RELOADING=1', 'MONOTONIC_USEC=42']])
    supervisor.reloaded()
    expect(sent.slice(2)).toEqual([['READY=1', ready]])
  })

  it('is no READY after a reload when no token was proven before', () => {
    const { supervisor, sent } = scene()
    supervisor.reloading()
    supervisor.reloaded()
    expect(sent).toEqual([])
  })

  it('is STOPPING once, and nothing after it', async () => {
    const { supervisor, sent, happens } = scene()
    happens(started)
    supervisor.stopping()
    happens({ kind: 'stopped' })
    await supervisor.close()
    expect(sent.slice(1)).toEqual([['STOPPING=1', 'STATUS=stopping']])
  })

  it('is STOPPING also when the loops ended by themselves', async () => {
    const { supervisor, sent } = scene()
    await supervisor.close()
    expect(sent).toEqual([['STOPPING=1', 'STATUS=stopping']])
  })
})

describe('the watchdog', () => {
  it('is told at half of its time, while the loop turns', async () => {
    const { supervisor, loop, sent, clock } = scene(Duration.ofSeconds(20))
    const count = () => sent.filter(([first]) => first === 'WATCHDOG=1').length
    loop.clock.now()
    supervisor.open()
    await settle()
    expect(count()).toBe(1)
    await clock.advance(Duration.ofSeconds(30))
    expect(count()).toBe(4)
    await clock.advance(Duration.ofSeconds(600))
    const whenStuck = count()
    await clock.advance(Duration.ofSeconds(600))
    expect(count()).toBe(whenStuck)
    loop.clock.now()
    await clock.advance(Duration.ofSeconds(10))
    expect(count()).toBe(whenStuck + 1)
    await supervisor.close()
    expect(clock.sleeping).toBe(0)
  })

  it('is not told when nobody asks for it', async () => {
    const { supervisor, clock } = scene()
    supervisor.open()
    await settle()
    expect(clock.sleeping).toBe(0)
  })
})
