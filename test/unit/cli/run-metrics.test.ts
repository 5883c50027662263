import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { thenLeaveMetrics, withHost } from '../../../src/cli/run-metrics.ts'
import { Duration } from '../../../src/core/duration.ts'
import { RejectedError } from '../../../src/core/errors.ts'
import { PrometheusMetrics } from '../../../src/metrics/prometheus.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const run = { command: 'issue', warn: (): void => undefined }
const file = (path: string) => ({ 'metrics-file': path })
const success = 'certctl_last_success_timestamp_seconds{command="issue"}'
const refused = new RejectedError('no')

beforeEach(async () => void vi.stubEnv('CERTCTL_STATE_DIR', await newDirectory()))
afterEach(() => void vi.unstubAllEnvs())

describe('--metrics-file', () => {
  it('has what the work counted', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    const result = await withHost(file(path), run, ({ metrics }) => {
      metrics.countIssuance('vault', Duration.ofSeconds(1))
      return Promise.resolve('done')
    })
    expect(result).toBe('done')
    expect(await readFile(path, 'utf8')).toContain('certctl_issuance_total{issuer_type="vault",outcome="success"} 1')
  })

  it('has what the work counted before it failed', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    const work = withHost(file(path), run, ({ metrics }) => {
      metrics.countIssuance('vault', Duration.ofSeconds(1), 'validation')
      return Promise.reject(refused)
    })
    await expect(work).rejects.toBe(refused)
    expect(await readFile(path, 'utf8')).toContain('outcome="failure"} 1')
  })

  it('that cannot be written hides no failure of the work', async () => {
    const path = join(await newDirectory(), 'missing', 'certctl.prom')
    const metrics = new PrometheusMetrics({ families: 'issuance' })
    await expect(thenLeaveMetrics(file(path), run, metrics, () => Promise.reject(refused))).rejects.toBe(refused)
  })

  it('that cannot be written is warned of, and the work counts', async () => {
    const path = join(await newDirectory(), 'missing', 'certctl.prom')
    const warnings: string[] = []
    const warn = (text: string): number => warnings.push(text)
    expect(await withHost(file(path), { ...run, warn }, () => Promise.resolve('done'))).toBe('done')
    expect(warnings).toEqual([expect.stringContaining('metrics file')])
  })

  it('is not needed', async () => {
    expect(await withHost({}, run, () => Promise.resolve('done'))).toBe('done')
  })

  it('tells of no success when the result says that there was none', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    await withHost(file(path), { ...run, isSuccess: () => false }, () => Promise.resolve('partly'))
    const text = await readFile(path, 'utf8')
    expect(text).toContain('certctl_last_run_timestamp_seconds{command="issue"}')
    expect(text).not.toContain(success)
  })

  it('is written also where no lock can be had', async () => {
    const directory = await newDirectory()
    const path = join(directory, 'certctl.prom')
    await writeFile(join(directory, 'file'), '')
    vi.stubEnv('CERTCTL_STATE_DIR', join(directory, 'file', 'state'))
    await withHost(file(path), run, () => Promise.resolve('done'))
    expect(await readFile(path, 'utf8')).toContain(success)
  })
})
