import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { FileWatch } from '../../../src/files/file-watch.ts'
import type { WatchedDisk } from '../../../src/files/watched-disk.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

const s = (seconds: number) => Duration.ofSeconds(seconds)

/** Files by path, in one directory that a link may lead out of. */
class FakeDisk implements WatchedDisk {
  readonly files = new Map<string, string>()
  readonly watched = new Map<string, Set<(name: string | undefined) => void>>()
  identity = 1
  isWatchable = true
  looks = 0
  /** Names in the directory that lead to the file as well. */
  hops: readonly string[] = []

  fingerprint(path: string) {
    this.looks += 1
    return Promise.resolve(this.files.get(path))
  }

  waypoints(path: string) {
    const [, name = ''] = /([^/]+)$/.exec(path) ?? []
    return Promise.resolve([{ identity: `/d ${this.identity}`, directory: '/d', names: [name, ...this.hops] }])
  }

  watchDirectory(path: string, onEvent: (name: string | undefined) => void) {
    if (!this.isWatchable) throw Object.assign(new Error('no more watches'), { code: 'ENOSPC' })
    const listeners = this.watched.get(path) ?? new Set()
    this.watched.set(path, listeners.add(onEvent))
    return { close: () => void listeners.delete(onEvent) }
  }

  get watches(): number {
    return [...this.watched.values()].reduce((sum, { size }) => sum + size, 0)
  }

  stir(name?: string): void {
    this.watched.get('/d')?.forEach((tell) => tell(name))
  }
}

async function scene(...paths: readonly string[]) {
  const clock = new FakeClock()
  const disk = new FakeDisk()
  for (const path of paths) disk.files.set(path, 'first')
  const told: string[] = []
  const watch = new FileWatch({ paths, clock, disk, onChange: (path) => told.push(path) })
  await settle()
  return { clock, disk, told, watch }
}

describe('watching files', () => {
  it('tells once of each when it begins: one may have changed since it was read', async () => {
    const { told } = await scene('/d/one', '/d/two')
    expect(told).toEqual(['/d/one', '/d/two'])
  })

  it('tells of a change as soon as its writer has had a moment to finish', async () => {
    const { told, disk, clock } = await scene('/d/one', '/d/two')
    disk.files.set('/d/one', 'second')
    disk.stir('one')
    await clock.advance(s(0.05))
    expect(told).toHaveLength(2)
    await clock.advance(s(0.05))
    expect(told.slice(2)).toEqual(['/d/one'])
  })

  it('tells once of several events', async () => {
    const { told, disk, clock } = await scene('/d/one')
    disk.files.set('/d/one', 'second')
    for (let event = 0; event < 20; event += 1) disk.stir('one')
    await clock.advance(s(1))
    expect(told).toHaveLength(2)
  })

  it('tells of a change that the file system dates no later than the one before', async () => {
    const { told, disk, clock } = await scene('/d/one')
    disk.stir('one')
    await clock.advance(s(1))
    expect(told).toHaveLength(2)
  })

  it('looks when a link on the way is swapped, or nobody says what was', async () => {
    const { told, disk, clock } = await scene('/d/one')
    disk.hops = ['..data']
    await clock.advance(s(30))
    for (const name of ['..data', undefined]) {
      disk.files.set('/d/one', `by ${String(name)}`)
      disk.stir(name)
      await clock.advance(s(0.2))
    }
    expect(told).toHaveLength(3)
  })

  it('does not look for what goes on beside the file', async () => {
    const { disk, clock } = await scene('/d/one')
    const { looks } = disk
    for (let event = 0; event < 20; event += 1) {
      disk.stir('other')
      await clock.advance(s(0.5))
    }
    expect(disk.looks).toBe(looks)
  })

  it('finds a change without any event, half a minute later at most', async () => {
    const { told, disk, clock } = await scene('/d/one')
    disk.files.set('/d/one', 'second')
    await clock.advance(s(29))
    expect(told).toHaveLength(1)
    await clock.advance(s(1))
    expect(told).toHaveLength(2)
  })

  it('goes by the poll alone where no directory can be watched', async () => {
    const clock = new FakeClock()
    const disk = new FakeDisk()
    disk.isWatchable = false
    const told: string[] = []
    const watch = new FileWatch({ paths: ['/d/one'], clock, disk, onChange: (path) => told.push(path) })
    await settle()
    disk.files.set('/d/one', 'second')
    disk.isWatchable = true
    await clock.advance(s(30))
    expect(told).toHaveLength(2)
    expect(disk.watches).toBe(1)
    watch.close()
  })

  it('tells of a file that is gone and of one that is back', async () => {
    const { told, disk, clock } = await scene('/d/one')
    disk.files.delete('/d/one')
    disk.stir('one')
    await clock.advance(s(0.2))
    disk.files.set('/d/one', 'first')
    disk.stir('one')
    await clock.advance(s(0.2))
    expect(told).toHaveLength(3)
  })

  it('leaves a directory that was replaced for the new one of that name', async () => {
    const { told, disk, clock } = await scene('/d/one')
    disk.identity = 2
    await clock.advance(s(30))
    expect(disk.watches).toBe(1)
    disk.files.set('/d/one', 'second')
    disk.stir('one')
    await clock.advance(s(0.2))
    expect(told).toHaveLength(2)
  })

  it.each(['at once', 'while it rests', 'while a writer has its moment'])(
    'leaves nothing behind when it is closed %s',
    async (when) => {
      const { told, disk, clock, watch } = await scene('/d/one')
      if (when === 'while it rests') await clock.advance(s(1))
      disk.files.set('/d/one', 'second')
      if (when === 'while a writer has its moment') disk.stir('one')
      watch.close()
      watch.close()
      await settle()
      expect([clock.sleeping, disk.watches]).toEqual([0, 0])
      await clock.advance(s(100))
      expect(told).toHaveLength(1)
    },
  )
})
