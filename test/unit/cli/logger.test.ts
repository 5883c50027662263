import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions } from '../../../src/cli/logger.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { Duration } from '../../../src/core/duration.ts'
import type { Logger } from '../../../src/core/log.ts'

const localTime = new Date(2026, 0, 2, 18, 4, 5, 6)

const clock: Clock = {
  now: () => localTime,
  monotonic: () => Duration.zero,
  sleep: () => Promise.resolve(),
}

function logTo(options: Partial<LoggerOptions>): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const write = (line: string) => lines.push(line)
  return { logger: createLogger({ format: 'text', level: 'trace', clock, colour: false, write, ...options }), lines }
}

describe('json', () => {
  it('has time, level, message and the fields, and nothing of the process', () => {
    const { logger, lines } = logTo({ format: 'json' })
    logger.log('warn', 'two words', { issuer: 'prod', tries: 2, last: null, ok: true, cause: undefined })
    expect(lines[0]).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(lines[0]!)).toStrictEqual({
      time: localTime.toISOString(),
      level: 'warn',
      message: 'two words',
      issuer: 'prod',
      tries: 2,
      last: null,
      ok: true,
    })
  })

  it('lets no field take the place of time, level or message', () => {
    const { logger, lines } = logTo({ format: 'json' })
    logger.log('info', 'kept', { message: 'other', level: 'other', time: 'other' })
    expect(lines[0]).not.toContain('other')
  })
})

describe('text', () => {
  it('has the local time of day, the level in a column, the message and quoted fields', () => {
    const { logger, lines } = logTo({})
    logger.log('info', 'vault token renewed', { issuer: 'prod', cause: 'two words', ttlSeconds: 3600, empty: '' })
    logger.log('error', 'no fields')
    logger.log('warn', 'quotes', { said: 'a="b"', path: String.raw`C:\x`, none: undefined })
    expect(lines).toEqual([
      '18:04:05 INFO  vault token renewed  issuer=prod cause="two words" ttlSeconds=3600 empty=""\n',
      '18:04:05 ERROR no fields\n',
      String.raw`18:04:05 WARN  quotes  said="a=\"b\"" path=C:\x` + '\n',
    ])
  })

  it('colours the level alone, and only when asked', () => {
    const { logger, lines } = logTo({ colour: true })
    logger.log('error', 'message', { key: 'value' })
    expect(lines[0]).toBe('18:04:05 \u001b[31mERROR\u001b[39m message  key=value\n')
  })
})

describe('journal', () => {
  it.each([
    ['error', '<3>ERROR m'],
    ['warn', '<4>WARN  m'],
    ['info', '<6>INFO  m'],
    ['debug', '<7>DEBUG m'],
    ['trace', '<7>TRACE m'],
  ] as const)('starts a line of level %s with its priority, without time or colour', (level, start) => {
    const { logger, lines } = logTo({ format: 'journal', colour: true })
    logger.log(level, 'm', { key: 'a b' })
    expect(lines).toEqual([`${start}  key="a b"\n`])
  })
})

describe('every format', () => {
  it.each(['text', 'json', 'journal'] as const)('is one line without control characters in %s', (format) => {
    const { logger, lines } = logTo({ format })
    logger.log('info', 'a\nb\u001b[2Jc', { cause: 'x\r\n<3>ERROR forged\u202e', key: 'a\tb' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u)
    expect(lines[0]).toContain('forged')
  })

  it.each(['text', 'json', 'journal'] as const)('leaves out what is below the level in %s', (format) => {
    const { logger, lines } = logTo({ format, level: 'warn' })
    for (const level of ['error', 'warn', 'info', 'debug', 'trace'] as const) logger.log(level, level)
    expect(lines.map((line) => /error|warn|info|debug|trace/.exec(line)?.[0])).toEqual(['error', 'warn'])
  })
})
