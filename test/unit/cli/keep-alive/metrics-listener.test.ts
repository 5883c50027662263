import { describe, expect, it } from 'vitest'
import { MetricsListener } from '../../../../src/cli/keep-alive/metrics-listener.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { RememberingLogger } from '../../http/fakes.ts'

describe('served metrics', () => {
  const exposed = {
    metrics: { text: () => Promise.resolve({ contentType: 'text/plain', body: 'a 1\n' }) },
    health: () => ({ ok: true }),
    ready: () => ({ ok: true }),
  }

  it('are told of with the port, and a port that is taken with a warning', async () => {
    const logger = new RememberingLogger()
    const clock = new FakeClock()
    const first = new MetricsListener({ host: '127.0.0.1', port: 0 }, exposed, logger, clock)
    first.open()
    await expect.poll(() => logger.lines.length).toBe(1)
    const [line] = logger.lines
    expect(line).toMatchObject({ level: 'info', message: 'metrics are served' })
    const port = Number(/:(\d+)$/.exec(String(line?.fields['listen']))?.[1])
    expect(port).toBeGreaterThan(0)
    const second = new MetricsListener({ host: '127.0.0.1', port }, exposed, logger, clock)
    second.open()
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
