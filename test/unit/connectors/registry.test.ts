import { describe, expect, it } from 'vitest'
import type { Connector } from '../../../src/connectors/connector.ts'
import type { Lifecycle } from '../../../src/connectors/lifecycle.ts'
import { Registry } from '../../../src/connectors/registry.ts'

function connector(name: string): Connector {
  const refuse = () => Promise.reject(new Error('not asked for'))
  return { name, kind: 'fake', issue: refuse, revoke: refuse, chain: refuse, check: refuse }
}

function worker(name: string, work: Partial<Lifecycle> = {}): Connector & Lifecycle & { readonly calls: string[] } {
  const calls: string[] = []
  const note = (what: string) => () => {
    calls.push(what)
    return Promise.resolve()
  }
  return { ...connector(name), start: note('start'), stop: note('stop'), ...work, calls }
}

function registryOf(...connectors: readonly Connector[]): Registry {
  const registry = new Registry()
  for (const one of connectors) registry.add(one)
  return registry
}

function throwing(text: string): () => never {
  return () => {
    throw new Error(text)
  }
}

describe('the registry', () => {
  it('knows its connectors by name', () => {
    const [a, b] = [connector('a'), connector('b')]
    const registry = registryOf(a, b)
    expect(registry.get('b')).toBe(b)
    expect(registry.get('c')).toBeUndefined()
  })

  it('takes no two of one name', () => {
    const registry = registryOf(connector('a'))
    expect(() => registry.add(connector('a'))).toThrow('two connectors are called "a"')
  })

  it('finds out by looking which have background work, and starts and stops those', async () => {
    const [a, b] = [worker('a'), worker('b')]
    const registry = registryOf(connector('idle'), a, b)
    expect(registry.lifecycles).toEqual([a, b])
    expect(await registry.startAll()).toEqual([])
    await registry.stopAll()
    expect([a.calls, b.calls]).toEqual([
      ['start', 'stop'],
      ['start', 'stop'],
    ])
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    ['throws', throwing('no')],
  ])('reports one whose start %s, and starts the others', async (_, start) => {
    const [bad, good] = [worker('bad', { start }), worker('good')]
    const failures = await registryOf(bad, good).startAll()
    expect(failures).toEqual([{ connector: bad, error: new Error('no') }])
    expect(good.calls).toEqual(['start'])
  })

  it('waits for no one start before the next', async () => {
    const never = worker('never', { start: () => new Promise(() => undefined) })
    const good = worker('good')
    void registryOf(never, good).startAll()
    await Promise.resolve()
    expect(good.calls).toEqual(['start'])
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    ['throws', throwing('no')],
  ])('stops the others too when one stop %s, and tells all failures', async (_, stop) => {
    const [bad, worse, good] = [worker('bad', { stop }), worker('worse', { stop: throwing('worse') }), worker('good')]
    const error: unknown = await registryOf(bad, worse, good)
      .stopAll()
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AggregateError)
    expect((error as AggregateError).errors).toEqual([new Error('no'), new Error('worse')])
    expect(good.calls).toEqual(['stop'])
  })
})
