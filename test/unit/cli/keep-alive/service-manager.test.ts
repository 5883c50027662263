import { describe, expect, it } from 'vitest'
import { isListenedFor, watchdogOf } from '../../../../src/cli/keep-alive/service-manager.ts'

describe('watchdogOf', () => {
  it.each([
    [{ WATCHDOG_USEC: '20000000' }, 20],
    [{ WATCHDOG_USEC: '20000000', WATCHDOG_PID: '7' }, 20],
    [{ WATCHDOG_USEC: '20000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: '-5' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
    [{ WATCHDOG_USEC: '' }, undefined],
    [{}, undefined],
  ])('of %j for the process 7 is %s s', (environment, seconds) => {
    expect(watchdogOf(environment, 7)?.seconds).toBe(seconds)
  })
})

describe('isListenedFor', () => {
  it.each([
    [{ NOTIFY_SOCKET: '/run/systemd/notify' }, true],
    [{ NOTIFY_SOCKET: '@abstract' }, true],
    [{ NOTIFY_SOCKET: '' }, false],
    [{}, false],
  ])('with %j: %s', (environment, expected) => {
    expect(isListenedFor(environment)).toBe(expected)
  })
})
