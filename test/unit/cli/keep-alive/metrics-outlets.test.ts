import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MetricsFile, serveMetrics } from '../../../../src/cli/keep-alive/metrics-outlets.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { RememberingLogger } from '../../http/fakes.ts'

const newDirectory = useTemporaryDirectories()

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
})

describe('served metrics', () => {
  const exposed = {
    metrics: { text: () => Promise.resolve({ contentType: 'text/plain', body: 'a 1\n' }) },
    health: () => ({ ok: true }),
    ready: () => ({ ok: true }),
  }

  it('are told of with the port, and a port that is taken with a warning', async () => {
    const logger = new RememberingLogger()
    const clock = new FakeClock()
    const first = serveMetrics({ host: '127.0.0.1', port: 0 }, exposed, logger, clock)
    await expect.poll(() => logger.lines.length).toBe(1)
    const [line] = logger.lines
    expect(line).toMatchObject({ level: 'info', message: 'metrics are served' })
    const port = Number(/:(\d+)$/.exec(String(line?.fields['listen']))?.[1])
    expect(port).toBeGreaterThan(0)
    const second = serveMetrics({ host: '127.0.0.1', port }, exposed, logger, clock)
    await expect.poll(() => logger.lines.length).toBe(2)
    expect(logger.lines[1]).toMatchObject({
      level: 'warn',
      message: 'metrics cannot be served yet',
      fields: { listen: `127.0.0.1:${port}`, cause: expect.stringContaining('EADDRINUSE') as unknown },
    })
    expect(logger.lines[1]?.fields['retryInSeconds']).toBeGreaterThan(0)
    await Promise.all([first.close(), second.close()])
  })
})
