import { describe, expect, it } from 'vitest'
import type { InventoryEntry } from '../../../../src/files/inventory-entry.ts'
import { deployState, owing, settled, stillOwing, succeeding } from '../../../../src/operations/deployment/owed.ts'

const now = new Date('2026-03-01T12:00:00Z')
const error = { code: 'hook-failed', message: 'it fails' }
const attempts = { failures: 2, lastAt: '2026-03-01T11:00:00Z', nextAt: '2026-03-01T13:00:00Z', error }
const undone = { serial: '01', at: '2026-03-01T11:00:00Z' }

function entry(more: Partial<InventoryEntry> = {}): InventoryEntry {
  return { schema: 1, directory: '/tls/web', deployment: { deploy: ['reload'] }, ...more }
}

describe('a certificate that has something to do before it is in use', () => {
  it('is owed, counts its tries, and is no more owed once it is in use', () => {
    const owed = owing(entry(), 'aa', now)
    expect(owed.pending).toEqual({ fingerprint: 'aa', since: '2026-03-01T12:00:00Z', tries: 0 })
    const tried = stillOwing(owed, error)
    expect(tried.pending).toMatchObject({ tries: 1, error })
    const deployed = settled(tried, tried.pending, 'aa', now)
    expect(deployed).toEqual(entry({ deployed: { fingerprint: 'aa', at: '2026-03-01T12:00:00Z' } }))
  })

  it('is neither owed nor in use when its hooks were taken away', () => {
    const before = { deployed: { fingerprint: '99', at: '2026-02-01T12:00:00Z' } }
    const owed = owing(entry(before), 'aa', now)
    const settledWithout = settled({ ...owed, deployment: undefined }, owed.pending, 'aa', now)
    expect(settledWithout).toEqual(entry({ deployment: undefined }))
    expect(deployState(settledWithout)).toBe('none')
  })

  it('stays owed when another was in use meanwhile', () => {
    const owed = owing(entry(), 'bb', now)
    const before = { fingerprint: 'aa', since: '2026-03-01T11:00:00Z', tries: 3 }
    expect(settled(owed, before, 'aa', now).pending).toEqual(owed.pending)
  })
})

describe('the failures before', () => {
  it('are over with a successor that needs nothing but to be published', () => {
    expect(succeeding(entry({ deployment: undefined, attempts, undone }))).toEqual(entry({ deployment: undefined }))
  })

  it('are over with one that has hooks only when that is in use', () => {
    const published = owing(succeeding(entry({ attempts, undone })), 'aa', now)
    expect(published.attempts).toEqual(attempts)
    expect(published.undone).toBeUndefined()
    expect(settled(published, published.pending, 'aa', now).attempts).toBeUndefined()
  })

  it('are not over with the one that was gone back to', () => {
    const back = owing(entry({ attempts, undone }), 'aa', now)
    expect(settled(back, back.pending, 'aa', now).attempts).toEqual(attempts)
  })
})
