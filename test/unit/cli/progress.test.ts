import { describe, expect, it } from 'vitest'
import { countProgress, withProgress } from '../../../src/cli/progress.ts'

describe('the progress of a batch', () => {
  it('is how many have come to their end, and how many of them failed', () => {
    const shown: string[] = []
    const count = countProgress(3, (status) => shown.push(status))
    count({ renewal: {} })
    count({ error: new Error('no') })
    count({ renewal: {} })
    expect(shown).toEqual(['1 of 3', '2 of 3, 1 failed', '3 of 3, 1 failed'])
  })

  it('goes nowhere where it is not to be shown', async () => {
    const done = await withProgress('working', false, async (show) => {
      show('1 of 2')
      return Promise.resolve('done')
    })
    expect(done).toBe('done')
  })
})
