import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { listenForSignals } from '../../../src/cli/signals.ts'

const ignore = () => undefined

describe('listenForSignals', () => {
  it('counts SIGTERM and SIGINT together, so that the second can mean at once', () => {
    const source = new EventEmitter()
    const stops: unknown[] = []
    listenForSignals({ onStop: (signal, count) => stops.push([signal, count]) }, source)
    source.emit('SIGTERM')
    source.emit('SIGINT')
    expect(stops).toEqual([
      ['SIGTERM', 1],
      ['SIGINT', 2],
    ])
  })

  it('tells SIGQUIT and SIGUSR1 to who asked for them, and leaves them alone otherwise', () => {
    const source = new EventEmitter()
    const seen: string[] = []
    listenForSignals({ onStop: ignore }, source)
    expect([source.listenerCount('SIGQUIT'), source.listenerCount('SIGUSR1')]).toEqual([0, 0])
    const listener = listenForSignals({ onStop: ignore, onOther: (signal) => seen.push(signal) }, source)
    source.emit('SIGUSR1')
    source.emit('SIGQUIT')
    listener.dispose()
    source.emit('SIGQUIT')
    expect(seen).toEqual(['SIGUSR1', 'SIGQUIT'])
  })

  it('tells SIGHUP and SIGUSR2 to who asked for them', () => {
    const source = new EventEmitter()
    const seen: string[] = []
    listenForSignals(
      { onStop: ignore, onReload: () => seen.push('reload'), onRenewNow: () => seen.push('renew now') },
      source,
    )
    source.emit('SIGUSR2')
    source.emit('SIGHUP')
    source.emit('SIGHUP')
    expect(seen).toEqual(['renew now', 'reload', 'reload'])
  })

  it('leaves every signal alone that nobody asked for', () => {
    const source = new EventEmitter()
    listenForSignals({ onStop: ignore }, source)
    expect(source.eventNames().sort()).toEqual(['SIGINT', 'SIGTERM'])
  })

  it('gives all signals back, and leaves the listeners of others', () => {
    const source = new EventEmitter()
    source.on('SIGTERM', ignore)
    const listener = listenForSignals({ onStop: ignore, onReload: ignore, onRenewNow: ignore }, source)
    listener.dispose()
    listener.dispose()
    expect(source.eventNames()).toEqual(['SIGTERM'])
    expect(source.listeners('SIGTERM')).toEqual([ignore])
  })
})
