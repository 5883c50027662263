import { describe, expect, it } from 'vitest'
import type { Connector } from '../../../src/connectors/connector.ts'
import type { Lifecycle, LifecycleEnd } from '../../../src/connectors/lifecycle.ts'
import { Registry, type StartFailure } from '../../../src/connectors/registry.ts'
import { AuthError } from '../../../src/core/errors.ts'
import { keepTokensAlive } from '../../../src/operations/keep-tokens-alive.ts'
import { settle } from '../../support/fake-clock.ts'

function idle(name: string): Connector {
  const refuse = () => Promise.reject(new Error('not asked for'))
  return { name, kind: 'fake', issue: refuse, revoke: refuse, chain: refuse, check: refuse }
}

/** Ends when it is told to, or when it is stopped. */
function worker(name: string, changes: Partial<Lifecycle> = {}) {
  let finish: (end: LifecycleEnd) => void = () => undefined
  const end = new Promise<LifecycleEnd>((resolve) => (finish = resolve))
  const calls: string[] = []
  const work: Lifecycle = {
    start: () => {
      calls.push('start')
      return Promise.resolve()
    },
    stop: () => {
      calls.push('stop')
      finish({ reason: 'stopped' })
      return Promise.resolve()
    },
    ended: () => end,
    ...changes,
  }
  return { ...idle(name), ...work, calls, finish: (one: LifecycleEnd) => finish(one) }
}

function keep(...connectors: readonly Connector[]) {
  const registry = new Registry()
  for (const one of connectors) registry.add(one)
  const stop = new AbortController()
  const failures: StartFailure[] = []
  const state: { isOver: boolean } = { isOver: false }
  const report = keepTokensAlive(registry, stop.signal, (failure) => failures.push(failure))
  report.then(
    () => (state.isOver = true),
    () => (state.isOver = true),
  )
  return { report, stop, failures, state }
}

const expired: LifecycleEnd = { reason: 'expired', error: new AuthError('dead') }

describe('keepTokensAlive', () => {
  it('goes on until the last has ended', async () => {
    const [a, b] = [worker('a'), worker('b')]
    const { report, state } = keep(a, idle('local'), b)
    await settle()
    a.finish(expired)
    await settle()
    expect(state.isOver).toBe(false)
    b.finish({ reason: 'nothing-to-renew' })
    expect(await report).toEqual({
      ends: [
        { name: 'a', end: expired },
        { name: 'b', end: { reason: 'nothing-to-renew' } },
      ],
      startFailures: [],
    })
  })

  it('stops all when it is told to', async () => {
    const [a, b] = [worker('a'), worker('b')]
    const { report, stop } = keep(a, b)
    await settle()
    stop.abort()
    expect((await report).ends.map(({ end }) => end.reason)).toEqual(['stopped', 'stopped'])
    expect([a.calls, b.calls]).toEqual([
      ['start', 'stop'],
      ['start', 'stop'],
    ])
  })

  it('stops what it started when it was told to stop before', async () => {
    const a = worker('a')
    const registry = new Registry()
    registry.add(a)
    const { ends } = await keepTokensAlive(registry, AbortSignal.abort(), () => undefined)
    expect(ends).toEqual([{ name: 'a', end: { reason: 'stopped' } }])
    expect(a.calls).toEqual(['start', 'stop'])
  })

  it('reports one that cannot start, and keeps the others', async () => {
    const bad = worker('bad', { start: () => Promise.reject(new Error('no token')) })
    const good = worker('good')
    const { report, failures, state } = keep(bad, good)
    await settle()
    expect(failures).toEqual([{ connector: bad, error: new Error('no token') }])
    expect(state.isOver).toBe(false)
    good.finish({ reason: 'stopped' })
    expect(await report).toEqual({ ends: [{ name: 'good', end: { reason: 'stopped' } }], startFailures: failures })
  })

  it('is over at once when none could start, or there is none', async () => {
    const bad = worker('bad', { start: () => Promise.reject(new Error('no token')) })
    const { ends, startFailures } = await keep(bad).report
    expect([ends, startFailures.length]).toEqual([[], 1])
    expect(await keep(idle('local')).report).toEqual({ ends: [], startFailures: [] })
  })

  it('takes work that does not tell of its end for endless', async () => {
    const silent = worker('silent')
    Reflect.deleteProperty(silent, 'ended')
    const a = worker('a')
    const { report, stop, state } = keep(silent, a)
    await settle()
    a.finish(expired)
    await settle()
    expect(state.isOver).toBe(false)
    stop.abort()
    expect((await report).ends).toEqual([
      { name: 'silent', end: { reason: 'stopped' } },
      { name: 'a', end: expired },
    ])
  })

  it('waits until the stop has ended', async () => {
    let stopped: () => void = () => undefined
    const slow = worker('slow', {
      stop: () => new Promise((resolve) => (stopped = resolve)),
      ended: () => Promise.resolve({ reason: 'stopped' }),
    })
    const other = worker('other')
    const { report, stop, state } = keep(slow, other)
    await settle()
    stop.abort()
    await settle()
    expect(state.isOver).toBe(false)
    stopped()
    expect((await report).ends).toHaveLength(2)
  })

  it('ends with the failure of a stop, though nobody tells of an end', async () => {
    const stuck = worker('stuck', {
      stop: () => Promise.reject(new Error('it does not stop')),
      ended: () => new Promise(() => undefined),
    })
    const { report, stop } = keep(stuck)
    await settle()
    stop.abort()
    await expect(report).rejects.toThrow('stopping failed')
  })
})

describe('work that had ended and was started again while other work went on', () => {
  it('is waited for, and told of by its last end', async () => {
    const [a, b] = [worker('a'), worker('b')]
    let isRevived = false
    let finishAgain: (end: LifecycleEnd) => void = () => undefined
    const second = new Promise<LifecycleEnd>((resolve) => (finishAgain = resolve))
    const revived = { ...a, ended: () => (isRevived ? second : a.ended!()) }
    const { report, state } = keep(revived, b)
    await settle()
    a.finish(expired)
    await settle()
    isRevived = true
    b.finish({ reason: 'nothing-to-renew' })
    await settle()
    expect(state.isOver).toBe(false)
    finishAgain({ reason: 'not-renewable' })
    expect((await report).ends.map(({ end }) => end.reason)).toEqual(['not-renewable', 'nothing-to-renew'])
  })
})
