import { describe, expect, it } from 'vitest'
import { chooseLogFormat } from '../../../src/cli/log-format.ts'

const stderrStat = { dev: 8, ino: 1234 }

describe('chooseLogFormat', () => {
  it('is what the operator asked for, wherever it goes', () => {
    const facts = { isTerminal: true, journalStream: '8:1234', stderrStat }
    expect(chooseLogFormat({ ...facts, explicit: 'json' })).toBe('json')
  })

  it('is text on a terminal', () => {
    expect(chooseLogFormat({ isTerminal: true, stderrStat })).toBe('text')
  })

  it('is journal when stderr is the stream that systemd joined to the journal', () => {
    expect(chooseLogFormat({ isTerminal: false, journalStream: '8:1234', stderrStat })).toBe('journal')
    expect(chooseLogFormat({ isTerminal: false, journalStream: '8:1234', stderrStat: { dev: 8n, ino: 1234n } })).toBe(
      'journal',
    )
  })

  it.each(['8:1235', '9:1234', '', '8', undefined])(
    'is json when JOURNAL_STREAM is %s, another stream',
    (journalStream) => {
      expect(chooseLogFormat({ isTerminal: false, journalStream, stderrStat })).toBe('json')
    },
  )

  it('is json when stderr is closed', () => {
    expect(chooseLogFormat({ isTerminal: false, journalStream: '8:1234' })).toBe('json')
  })
})
