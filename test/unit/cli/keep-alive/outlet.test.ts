import { describe, expect, it } from 'vitest'
import { Outlets } from '../../../../src/cli/keep-alive/outlet.ts'

describe('many outlets', () => {
  it('are told of everything as one, each of what it wants to know', async () => {
    const told: string[] = []
    const all = new Outlets([
      {
        open: () => void told.push('open'),
        observe: (issuer, { kind }) => void told.push(`${issuer} ${kind}`),
        reloading: () => void told.push('reloading'),
        reloaded: () => void told.push('reloaded'),
        stopping: () => void told.push('stopping'),
        close: (isStopped) => Promise.resolve(void told.push(`close ${isStopped}`)),
      },
      {},
    ])
    await all.open()
    all.observe('prod', { kind: 'stopped' })
    all.reloading()
    all.reloaded()
    all.stopping()
    await all.close(true)
    expect(told).toEqual(['open', 'prod stopped', 'reloading', 'reloaded', 'stopping', 'close true'])
  })
})
