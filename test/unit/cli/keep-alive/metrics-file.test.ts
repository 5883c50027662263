import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MetricsFile } from '../../../../src/cli/keep-alive/metrics-file.ts'
import { systemClock } from '../../../../src/core/clock.ts'
import { withLock } from '../../../../src/files/lock.ts'
import { settle } from '../../../support/fake-clock.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { RememberingLogger } from '../../http/fakes.ts'

const newDirectory = useTemporaryDirectories()

beforeEach(async () => void vi.stubEnv('CERTCTL_STATE_DIR', await newDirectory()))
afterEach(() => void vi.unstubAllEnvs())

/** A text that says how often it was asked for; the first is given when `release` is called. */
function slowMetrics() {
  let asked = 0
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const metrics = {
    async text() {
      const body = `metrics ${(asked += 1)}\n`
      if (asked === 1) await gate
      return { contentType: 'text/plain', body }
    },
  }
  return { metrics, release: () => release(), asked: () => asked }
}

describe('the metrics file', () => {
  it('holds what changed while it was written, by one more write', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    const { metrics, release, asked } = slowMetrics()
    const file = new MetricsFile(path, metrics, new RememberingLogger())
    const updates = [file.update(), file.update(), file.update()]
    release()
    await Promise.all(updates)
    expect(await readFile(path, 'utf8')).toBe('metrics 2\n')
    expect(asked()).toBe(2)
  })

  it('misses no change, whenever it comes', async () => {
    const path = join(await newDirectory(), 'certctl.prom')
    const { metrics, release } = slowMetrics()
    release()
    const file = new MetricsFile(path, metrics, new RememberingLogger())
    let wanted = 1
    await file.update()
    for (let round = 0; round < 20; round += 1) {
      const writing = file.update().then(() => file.update())
      wanted += 2
      await writing
      expect(await readFile(path, 'utf8')).toBe(`metrics ${wanted}\n`)
    }
  })

  it('that cannot be written is told of once for each cause, and written again when it can be', async () => {
    const directory = join(await newDirectory(), 'there')
    const path = join(directory, 'certctl.prom')
    const { metrics, release } = slowMetrics()
    release()
    const logger = new RememberingLogger()
    const file = new MetricsFile(path, metrics, logger)
    await file.update()
    await file.update()
    expect(logger.lines).toHaveLength(1)
    expect(logger.lines[0]).toMatchObject({
      level: 'warn',
      message: 'the metrics file cannot be written',
      fields: { path, cause: expect.stringContaining('does not exist') as unknown },
    })
    await mkdir(directory)
    await file.update()
    expect(await readdir(directory)).toEqual(['certctl.prom'])
    await rm(directory, { recursive: true })
    await file.update()
    expect(logger.lines).toHaveLength(2)
  })

  it('tells the same cause once, though each try has another temporary name', async () => {
    const path = join(await newDirectory(), 'x'.repeat(250))
    const { metrics, release } = slowMetrics()
    release()
    const logger = new RememberingLogger()
    const file = new MetricsFile(path, metrics, logger)
    await file.update()
    await file.update()
    expect(logger.lines).toHaveLength(1)
    expect(logger.lines[0]?.fields['cause']).toContain('ENAMETOOLONG')
  })

  it('tells once of what it leaves out for another file, and again when that changes', async () => {
    const directory = await newDirectory()
    const path = join(directory, 'certctl.prom')
    await writeFile(join(directory, 'other.prom'), 'metrics 9\n')
    const metrics = { text: () => Promise.resolve({ contentType: 'text/plain', body: 'metrics 1\n' }) }
    const logger = new RememberingLogger()
    const file = new MetricsFile(path, metrics, logger)
    await file.update()
    await file.update()
    expect(logger.lines).toMatchObject([
      { level: 'warn', fields: { path, other: join(directory, 'other.prom'), series: 1, first: 'metrics{}' } },
    ])
    await rm(join(directory, 'other.prom'))
    await file.update()
    await writeFile(join(directory, 'other.prom'), 'metrics 9\n')
    await file.update()
    expect(logger.lines).toHaveLength(2)
  })

  it('waits for its turn in the directory, but not at the end', async () => {
    const directory = await newDirectory()
    const path = join(directory, 'certctl.prom')
    const metrics = { text: () => Promise.resolve({ contentType: 'text/plain', body: 'metrics 1\n' }) }
    const file = new MetricsFile(path, metrics, new RememberingLogger())
    await withLock(join(process.env['CERTCTL_STATE_DIR']!, 'locks'), directory, { clock: systemClock }, async () => {
      void file.update()
      await settle()
      expect(await readdir(directory)).toEqual([])
      await file.close()
      expect(await readdir(directory)).toEqual(['certctl.prom'])
    })
  })
})
