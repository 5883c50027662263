import { expect, it } from 'vitest'
import { measureSinks } from '../../../../../src/connectors/vault/login/sink-metrics.ts'
import { noMetrics } from '../../../../../src/metrics/metrics.ts'

it('counts the sinks that do not have the newest token, each once', () => {
  const told: number[] = []
  const observe = measureSinks({ ...noMetrics, setSinksBehind: (_, count) => told.push(count) }, 'prod')
  const failed = (path: string) => observe({ kind: 'sink-failed', path, error: new Error('no space left') })
  const written = (path: string) => observe({ kind: 'sink-written', path })
  failed('/run/a')
  failed('/run/a')
  failed('/run/b')
  written('/run/a')
  written('/run/c')
  written('/run/b')
  expect(told).toEqual([0, 1, 1, 2, 1, 1, 0])
})
