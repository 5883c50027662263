import { describe, expect, it } from 'vitest'
import type { LaunchedProgram, ProgramEnd } from '../../../../src/cli/keep-alive/launch-program.ts'
import { type OnNewToken, ProgramBeside } from '../../../../src/cli/keep-alive/program-beside.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { Secret } from '../../../../src/core/secret.ts'
import { FakeClock, settle } from '../../../support/fake-clock.ts'

const s = (seconds: number) => Duration.ofSeconds(seconds)

class FakeProgram implements LaunchedProgram {
  readonly signals: string[] = []
  /** What a signal ends it by; the others it outlives. */
  endsBy: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGKILL']
  end: (end: ProgramEnd) => void = () => undefined
  readonly ended = new Promise<ProgramEnd>((resolve) => (this.end = resolve))

  constructor(
    readonly pid: number,
    readonly token: string,
  ) {}

  kill(signal: NodeJS.Signals): void {
    this.signals.push(signal)
    if (this.endsBy.includes(signal)) this.end({ signal })
  }
}

function scene({ onNewToken = 'restart', killAfter }: { onNewToken?: OnNewToken; killAfter?: Duration } = {}) {
  const clock = new FakeClock()
  const programs: FakeProgram[] = []
  const log: string[] = []
  const over: { status?: number } = {}
  const beside = new ProgramBeside({
    name: 'app',
    launch: (token) => {
      const program = new FakeProgram(programs.length + 1, token.reveal())
      programs.push(program)
      return program
    },
    onNewToken,
    killAfter,
    clock,
    logger: { log: (level, message) => log.push(`${level} ${message}`) },
  })
  void beside.ended.then((status) => (over.status = status))
  const use = async (token: string) => {
    beside.useToken(new Secret(token))
    await settle()
  }
  return { clock, programs, log, over, beside, use }
}

describe('a program beside the loop', () => {
  it('starts with the first token, once', async () => {
    const { programs, use, beside } = scene()
    expect(beside.isRunning).toBe(false)
    await use('hvs.1')
    await use('hvs.1')
    expect(programs.map(({ token }) => token)).toEqual(['hvs.1'])
    expect(beside.isRunning).toBe(true)
  })

  it.each<[ProgramEnd, number]>([
    [{ code: 0 }, 0],
    [{ code: 7 }, 7],
    [{ signal: 'SIGSEGV' }, 139],
    [{ problem: 'spawn app ENOENT', isMissing: true }, 127],
    [{ problem: 'spawn app EACCES', isMissing: false }, 126],
  ])('is over with its own end: %j is %d', async (end, status) => {
    const { programs, use, over, beside } = scene()
    await use('hvs.1')
    programs[0]!.end(end)
    await settle()
    expect(over.status).toBe(status)
    await use('hvs.2')
    await beside.stop()
    expect(programs).toHaveLength(1)
  })

  it('gets signals, and makes of them what it likes', async () => {
    const { programs, use, beside, over } = scene()
    beside.passOn('SIGUSR1')
    await use('hvs.1')
    beside.passOn('SIGUSR1')
    beside.passOn('SIGQUIT')
    await settle()
    expect(programs[0]!.signals).toEqual(['SIGUSR1', 'SIGQUIT'])
    expect(over.status).toBeUndefined()
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('is stopped by %s', async (signal, status) => {
    const { programs, use, beside, over } = scene()
    await use('hvs.1')
    beside.stopBy(signal, 1)
    await settle()
    expect(programs[0]!.signals).toEqual([signal])
    expect(over.status).toBe(status)
  })

  it('has its own status when it ends in order on a signal', async () => {
    const { programs, use, beside, over } = scene()
    await use('hvs.1')
    programs[0]!.endsBy = []
    beside.stopBy('SIGTERM', 1)
    await settle()
    expect(over.status).toBeUndefined()
    programs[0]!.end({ code: 3 })
    await settle()
    expect(over.status).toBe(3)
  })

  it('never starts when the stop came first', async () => {
    const { programs, use, beside, over } = scene()
    beside.stopBy('SIGTERM', 1)
    await use('hvs.1')
    expect(over.status).toBe(143)
    expect(programs).toEqual([])
  })

  it('is waited for as long as it takes, unless there is a second signal', async () => {
    const { programs, use, beside, clock, over } = scene()
    await use('hvs.1')
    programs[0]!.endsBy = ['SIGKILL']
    beside.stopBy('SIGTERM', 1)
    await clock.advance(Duration.ofHours(1))
    expect(over.status).toBeUndefined()
    beside.stopBy('SIGTERM', 2)
    await settle()
    expect(programs[0]!.signals).toEqual(['SIGTERM', 'SIGKILL'])
    expect(over.status).toBe(137)
  })

  it('is killed after the time that it was given', async () => {
    const { programs, use, beside, clock, over } = scene({ killAfter: s(10) })
    await use('hvs.1')
    programs[0]!.endsBy = ['SIGKILL']
    beside.stopBy('SIGTERM', 1)
    await clock.advance(s(9))
    expect(over.status).toBeUndefined()
    await clock.advance(s(1))
    expect(programs[0]!.signals).toEqual(['SIGTERM', 'SIGKILL'])
    expect(over.status).toBe(137)
  })

  it('leaves no timer behind when it ended in time', async () => {
    const { use, beside, clock } = scene({ killAfter: s(10) })
    await use('hvs.1')
    beside.stopBy('SIGTERM', 1)
    await settle()
    expect(clock.sleeping).toBe(0)
  })

  it('is ended, and waited for, when there is no good token any more', async () => {
    const { programs, use, beside, log } = scene()
    await use('hvs.1')
    programs[0]!.endsBy = []
    const state = { isOver: false }
    const stopped = beside.stop().then(() => (state.isOver = true))
    await settle()
    expect(programs[0]!.signals).toEqual(['SIGTERM'])
    expect(state.isOver).toBe(false)
    programs[0]!.end({ code: 0 })
    await stopped
    expect(log).toContain('warn the program is ended: there is no good token any more')
  })

  it('is not ended before it was started', async () => {
    const { programs, beside, log } = scene()
    await beside.stop()
    expect([programs, log]).toEqual([[], []])
  })
})

describe('on a new token', () => {
  it('it is restarted, five seconds after its start at the soonest', async () => {
    const { programs, use, clock, over } = scene()
    await use('hvs.1')
    await use('hvs.2')
    await clock.advance(s(4.9))
    expect(programs).toHaveLength(1)
    await clock.advance(s(0.1))
    expect(programs.map(({ token, signals }) => [token, signals])).toEqual([
      ['hvs.1', ['SIGTERM']],
      ['hvs.2', []],
    ])
    expect(over.status).toBeUndefined()
    await clock.advance(s(60))
    await use('hvs.3')
    expect(programs.map(({ token }) => token)).toEqual(['hvs.1', 'hvs.2', 'hvs.3'])
  })

  it('it is restarted once for several that come in a hurry, with the newest', async () => {
    const { programs, use, clock } = scene()
    for (const token of ['hvs.1', 'hvs.2', 'hvs.3', 'hvs.4']) await use(token)
    await clock.advance(s(60))
    expect(programs.map(({ token }) => token)).toEqual(['hvs.1', 'hvs.4'])
  })

  it('it is started with the newest when another comes while it ends', async () => {
    const { programs, use, clock } = scene()
    await use('hvs.1')
    await clock.advance(s(60))
    programs[0]!.endsBy = []
    await use('hvs.2')
    await use('hvs.3')
    programs[0]!.end({ code: 0 })
    await clock.advance(s(60))
    expect(programs.map(({ token, signals }) => [token, signals])).toEqual([
      ['hvs.1', ['SIGTERM']],
      ['hvs.3', []],
    ])
  })

  it('a restart that is due does not bring back a program that ended by itself', async () => {
    const { programs, use, clock, over } = scene()
    await use('hvs.1')
    await use('hvs.2')
    programs[0]!.end({ code: 5 })
    await clock.advance(s(60))
    expect(programs).toHaveLength(1)
    expect(over.status).toBe(5)
  })

  it('a stop ends the restart as well', async () => {
    const { programs, use, clock, beside, over } = scene()
    await use('hvs.1')
    await clock.advance(s(60))
    programs[0]!.endsBy = []
    await use('hvs.2')
    beside.stopBy('SIGTERM', 1)
    programs[0]!.end({ code: 0 })
    await clock.advance(s(60))
    expect(programs).toHaveLength(1)
    expect(over.status).toBe(0)
  })

  it('a stop ends the wait for a restart as well', async () => {
    const { programs, use, clock, beside, over } = scene()
    await use('hvs.1')
    await use('hvs.2')
    beside.stopBy('SIGTERM', 1)
    await settle()
    expect([over.status, clock.sleeping, programs.length]).toEqual([143, 0, 1])
  })

  it('a program that does not end for its restart is killed after its time', async () => {
    const { programs, use, clock } = scene({ killAfter: s(3) })
    await use('hvs.1')
    await clock.advance(s(60))
    programs[0]!.endsBy = ['SIGKILL']
    await use('hvs.2')
    await clock.advance(s(3))
    expect(programs.map(({ token }) => token)).toEqual(['hvs.1', 'hvs.2'])
  })

  it('it gets a signal', async () => {
    const { programs, use, log } = scene({ onNewToken: 'SIGHUP' })
    await use('hvs.1')
    await use('hvs.2')
    expect(programs.map(({ signals }) => signals)).toEqual([['SIGHUP']])
    expect(log.at(-1)).toBe('info program is told of the new token')
  })

  it('it hears nothing', async () => {
    const { programs, use, clock } = scene({ onNewToken: 'none' })
    await use('hvs.1')
    await use('hvs.2')
    await clock.advance(s(60))
    expect(programs.map(({ signals }) => signals)).toEqual([[]])
  })
})
