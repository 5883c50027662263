import { expect, it } from 'vitest'
import { hookEnvironment } from '../../../src/hooks/hook-environment.ts'

it('a hook has the variables of the process and the facts, never the token', () => {
  const own = {
    PATH: '/bin',
    VAULT_ADDR: 'https://vault',
    VAULT_TOKEN: 'hvs.secret',
    BAO_TOKEN: 'hvs.secret',
    CERTCTL_VAULT_TOKEN: 'hvs.secret',
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_USEC: '1',
    WATCHDOG_PID: '1',
    UV_THREADPOOL_SIZE: '32',
    CERTCTL_VAULT_TOKEN_FILE: '/run/token',
    CERTCTL_EVENT: 'of an outer hook',
  }
  expect(hookEnvironment(own, { EVENT: 'ends-soon', SECONDS_LEFT: '90' })).toEqual({
    PATH: '/bin',
    VAULT_ADDR: 'https://vault',
    CERTCTL_VAULT_TOKEN_FILE: '/run/token',
    CERTCTL_EVENT: 'ends-soon',
    CERTCTL_SECONDS_LEFT: '90',
  })
})
