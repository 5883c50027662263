import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../../src/core/errors.ts'
import { assertCoherentDeployment, mergeDeployment } from '../../../../src/operations/deployment/told-deployment.ts'

describe('what is told of a deployment', () => {
  it.each([
    [
      'takes the place of what was kept',
      { deploy: ['a'], probe: ['h:1'] },
      { deploy: ['b'] },
      { deploy: ['b'], probe: ['h:1'] },
    ],
    ['ends it by an empty text', { deploy: ['a'], onFailure: ['c'] }, { deploy: [''] }, { onFailure: ['c'] }],
    ['ends it by a no', { deploy: ['a'], revokePrevious: true }, { revokePrevious: false }, { deploy: ['a'] }],
    [
      'ends with it what was kept for its sake',
      { deploy: ['a'], deployTimeoutSeconds: 5, deployEach: true, probe: ['h:1'], probeTimeoutSeconds: 3 },
      { deploy: [''], probe: [''] },
      undefined,
    ],
    [
      'keeps what is told for nothing, to be refused',
      undefined,
      { probeTimeoutSeconds: 3 },
      { probeTimeoutSeconds: 3 },
    ],
    ['can end all', { deploy: ['a'] }, { deploy: [''] }, undefined],
    ['may be nothing', undefined, {}, undefined],
  ])('%s', (_, kept, told, merged) => {
    expect(mergeDeployment(kept, told)).toEqual(merged)
  })

  it.each([
    [{ revokePrevious: true }, /--revoke-previous needs a hook or --probe/],
    [{ probeTimeoutSeconds: 3, deploy: ['a'] }, /--probe-timeout needs --probe/],
    [{ deployTimeoutSeconds: 3, probe: ['h:1'] }, /--deploy-timeout needs a hook/],
    [{ deployEach: true }, /--deploy-each needs a hook/],
  ])('is refused where it makes no sense: %j', (deployment, message) => {
    expect(() => assertCoherentDeployment(deployment)).toThrow(UsageError)
    expect(() => assertCoherentDeployment(deployment)).toThrow(message)
  })
})
