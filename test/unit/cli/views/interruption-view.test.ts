import { describe, expect, it } from 'vitest'
import { leftBehind, type Reached } from '../../../../src/cli/views/interruption-view.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { DeploymentError } from '../../../../src/core/errors.ts'

function reached(directory: string, deploy: 'none' | 'done' | 'pending', more: Partial<Reached> = {}): Reached {
  return { directory, renewal: { deploy }, ...more }
}

function hook(command: string, signal: string | null) {
  return { command, signal, exitCode: null, duration: Duration.ofSeconds(1), output: '', failure: 'fails' }
}

const killed = { state: 'pending', error: undefined, hooks: [hook('copy', null), hook('reload', 'SIGKILL')] } as const
const failed = { state: 'pending', error: new DeploymentError('no'), hooks: [hook('reload', null)] } as const

describe('an interrupted run', () => {
  it.each([
    ['leaves nothing when all was done', [reached('/a', 'done'), reached('/b', 'none')], 2, undefined],
    ['leaves out what had no turn', [reached('/a', 'done')], 3, '2 of 3 certificates are left out'],
    [
      'owes what it stopped',
      [reached('/a', 'pending', { deployment: killed })],
      1,
      'reload was stopped; /a is published, but not deployed: the next certctl renew takes that up',
    ],
    [
      'owes what it did not begin, and names a shared hook once',
      [
        reached('/a', 'pending', { deployment: killed }),
        reached('/b', 'done', { deployment: killed }),
        reached('/c', 'pending'),
      ],
      4,
      '1 of 4 certificates are left out; reload was stopped; 3 are published, but not deployed: the next certctl renew takes that up',
    ],
    [
      'says nothing more of what failed',
      [{ directory: '/a', error: new Error('no') }, reached('/b', 'pending', { deployment: failed })],
      2,
      undefined,
    ],
  ])('%s', (_, all, asked, told) => {
    expect(leftBehind(all, asked)).toBe(told)
  })
})
