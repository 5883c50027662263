import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { thenWriteMetrics, withHost } from '../../../src/cli/metrics-file.ts'
import { Duration } from '../../../src/core/duration.ts'
import { RejectedError } from '../../../src/core/errors.ts'
import { PrometheusMetrics } from '../../../src/metrics/prometheus.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const ignore = (): void => undefined
const refused = new RejectedError('no')

describe('--metrics-file', () => {
  it('has what the work counted', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    const result = await withHost(path, ignore, ({ metrics }) => {
      metrics.countIssuance('vault', Duration.ofSeconds(1))
      return Promise.resolve('done')
    })
    expect(result).toBe('done')
    expect(await readFile(path, 'utf8')).toContain('certctl_issuance_total{issuer_type="vault",outcome="success"} 1')
  })

  it('has what the work counted before it failed', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    const work = withHost(path, ignore, ({ metrics }) => {
      metrics.countIssuance('vault', Duration.ofSeconds(1), 'validation')
      return Promise.reject(refused)
    })
    await expect(work).rejects.toBe(refused)
    expect(await readFile(path, 'utf8')).toContain('outcome="failure"} 1')
  })

  it('that cannot be written hides no failure of the work', async () => {
    const path = join(await newDirectory(), 'missing', 'certctl.prom')
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    await expect(thenWriteMetrics(path, metrics, ignore, () => Promise.reject(refused))).rejects.toBe(refused)
  })

  it('that cannot be written is warned of, and the work counts', async () => {
    const path = join(await newDirectory(), 'missing', 'certctl.prom')
    const warnings: string[] = []
    const warn = (text: string): number => warnings.push(text)
    expect(await withHost(path, warn, () => Promise.resolve('done'))).toBe('done')
    expect(warnings).toEqual([expect.stringContaining('metrics file')])
  })

  it('is not needed', async () => {
    expect(await withHost(undefined, ignore, () => Promise.resolve('done'))).toBe('done')
  })
})
