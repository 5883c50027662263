import type { ChildProcess } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { ServiceMessages, type SendMessage } from '../../../../src/cli/keep-alive/service-messages.ts'
import { settle } from '../../../support/fake-clock.ts'
import { RememberingLogger } from '../../http/fakes.ts'

type Done = (error: Error | null) => void

/** Remembers what it was to send; each message is under way until it is ended. */
function scene() {
  const sent: string[] = []
  const underWay: Done[] = []
  let kills = 0
  const send: SendMessage = (assignments, done) => {
    sent.push(assignments.join(' '))
    underWay.push(done)
    return { kill: () => (kills += 1) > 0 } as Pick<ChildProcess, 'kill'> as ChildProcess
  }
  const logger = new RememberingLogger()
  const messages = new ServiceMessages(send, logger)
  const end = (error: Error | null = null): void => underWay.shift()?.(error)
  return { messages, sent, end, logger, kills: () => kills }
}

const missing = Object.assign(new Error('spawn systemd-notify ENOENT'), { code: 'ENOENT' })

describe('messages to the service manager', () => {
  it('are sent in order, one after the other', () => {
    const { messages, sent, end } = scene()
    for (const state of ['READY=1', 'RELOADING=1', 'READY=1']) messages.send([state])
    expect(sent).toEqual(['READY=1'])
    end()
    expect(sent).toEqual(['READY=1', 'RELOADING=1'])
    end()
    expect(sent).toEqual(['READY=1', 'RELOADING=1', 'READY=1'])
  })

  it('that only say how things stand give way to the next of their kind, and to no other', () => {
    const { messages, sent, end } = scene()
    messages.send(['READY=1'])
    for (const count of [1, 2, 3]) messages.send([`STATUS=${count}`])
    messages.send(['WATCHDOG=1', 'STATUS=4'])
    messages.send(['STOPPING=1'])
    for (let sends = 0; sends < 5; sends += 1) end()
    expect(sent).toEqual(['READY=1', 'WATCHDOG=1 STATUS=4', 'STOPPING=1'])
  })

  it('pile up to a few when nobody takes them', () => {
    const { messages, sent, end } = scene()
    for (let count = 0; count < 100; count += 1) messages.send(['RELOADING=1'])
    for (let count = 0; count < 100; count += 1) end()
    expect(sent).toHaveLength(9)
  })

  it('that cannot be sent are warned of once for each cause', () => {
    const { messages, end, logger } = scene()
    for (const cause of ['refused', 'refused', 'no such socket']) {
      messages.send(['READY=1'])
      end(new Error(cause))
    }
    expect(logger.lines.map(({ level, fields }) => [level, fields['cause']])).toEqual([
      ['warn', 'refused'],
      ['warn', 'no such socket'],
    ])
  })

  it('are no longer tried where there is no systemd-notify', () => {
    const { messages, sent, end, logger } = scene()
    messages.send(['READY=1'])
    messages.send(['STOPPING=1'])
    end(missing)
    messages.send(['READY=1'])
    expect(sent).toEqual(['READY=1'])
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { cause: 'there is no systemd-notify' } }])
  })

  it('are waited for at the end, with those that wait', async () => {
    const { messages, sent, end, kills } = scene()
    messages.send(['READY=1'])
    messages.send(['STOPPING=1'])
    const closing = messages.close()
    end()
    end()
    await closing
    expect([sent, kills()]).toEqual([['READY=1', 'STOPPING=1'], 0])
  })

  it('that hang are killed at the end, and nothing is sent or told after it', async () => {
    const { messages, sent, end, logger, kills } = scene()
    messages.send(['STOPPING=1'])
    await messages.close()
    expect(kills()).toBe(1)
    end(new Error('killed'))
    messages.send(['READY=1'])
    await settle()
    expect([sent, logger.lines]).toEqual([['STOPPING=1'], []])
  })

  it('are off the process again once they have ended', () => {
    const before = process.listenerCount('exit')
    const { messages, end } = scene()
    messages.send(['READY=1'])
    expect(process.listenerCount('exit')).toBe(before + 1)
    end()
    expect(process.listenerCount('exit')).toBe(before)
  })
})
