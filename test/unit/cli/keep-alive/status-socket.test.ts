import { lstat, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StatusSocket } from '../../../../src/cli/keep-alive/status-socket.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { RememberingLogger } from '../../http/fakes.ts'

const newDirectory = useTemporaryDirectories()
const halfMinute = Duration.ofSeconds(30)

const exposed = {
  metrics: { text: () => Promise.resolve({ contentType: 'text/plain', body: '' }) },
  health: () => ({ ok: true }),
  ready: () => ({ ok: true }),
}

async function opened(path: string) {
  const logger = new RememberingLogger()
  const clock = new FakeClock()
  const socket = new StatusSocket(path, exposed, logger, clock)
  onTestFinished(() => socket.close())
  await socket.open()
  return { socket, clock, told: () => logger.lines.map(({ level, message }) => `${level}: ${message}`) }
}

function isSocket(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  )
}

const refused = 'warn: vault keep-alive --status cannot be answered'
const answered = 'info: vault keep-alive --status is answered'

describe('the socket of keep-alive', () => {
  it('is taken over from an instance that ends, which is told', async () => {
    const path = join(await newDirectory(), 'a.sock')
    const first = await opened(path)
    const second = await opened(path)
    expect(second.told()).toEqual([refused])
    await second.clock.advance(halfMinute)
    await second.clock.untilSleeping()
    expect(second.told()).toEqual([refused])
    await first.socket.close()
    expect(await isSocket(path)).toBe(false)
    await second.clock.advance(halfMinute)
    await expect.poll(second.told).toEqual([refused, answered])
    expect(await isSocket(path)).toBe(true)
    expect(first.told()).toEqual([])
  })

  it('is made again when somebody clears its directory away', async () => {
    const path = join(await newDirectory(), 'run', 'a.sock')
    const { socket, clock, told } = await opened(path)
    await rm(dirname(path), { recursive: true })
    await clock.advance(halfMinute)
    await expect.poll(() => isSocket(path)).toBe(true)
    await clock.untilSleeping()
    expect(told()).toEqual([])
    await socket.close()
    expect(await isSocket(path)).toBe(false)
    expect(clock.sleeping).toBe(0)
  })
})
