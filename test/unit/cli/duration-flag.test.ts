import { Parser } from '@oclif/core'
import { describe, expect, it } from 'vitest'
import { durationFlag, durationFrom } from '../../../src/cli/duration-flag.ts'
import { Duration } from '../../../src/core/duration.ts'
import { UsageError } from '../../../src/core/errors.ts'

const flags = { 'min-ttl': durationFlag({ description: 'least' }) }

describe('a flag for a duration', () => {
  it('is parsed once', async () => {
    const parsed = await Parser.parse(['--min-ttl', '1h30m'], { flags })
    expect(parsed.flags['min-ttl']).toEqual(Duration.ofSeconds(5400))
  })

  it.each(['30x', '', '-5s'])('is a usage error that quotes "%s"', async (text) => {
    const error: unknown = await Parser.parse([`--min-ttl=${text}`], { flags }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).message).toContain(`--min-ttl ${text} is not a duration`)
    expect((error as UsageError).hint).toContain('90s')
  })

  it('escapes what was typed', () => {
    expect(() => durationFrom('\u001b[2J', '--ttl')).toThrow(String.raw`--ttl \u{1b}[2J is not a duration`)
  })
})
