import { describe, expect, it } from 'vitest'
import type { InstanceStatus } from '../../../../src/cli/keep-alive/ask-instance.ts'
import { instanceDocument, instanceText } from '../../../../src/cli/views/instance-view.ts'

const now = new Date('2026-03-01T12:00:00Z')
const good = {
  issuer: 'prod',
  ready: true,
  reason: null,
  state: 'alive',
  expiresAt: '2026-03-01T13:00:00Z',
  nextRenewalAt: '2026-03-01T12:30:00Z',
  endsAt: null,
  failures: 0,
  lastError: null,
}
const status: InstanceStatus = {
  ok: true,
  tokens: 1,
  notReady: 0,
  failing: 0,
  nextExpiryAt: good.expiresAt,
  loops: 1,
  stuck: [],
  version: '1.2.3',
  pid: 42,
  startedAt: '2026-03-01T11:00:00Z',
  issuers: [good],
}

describe('what a person is shown of an instance', () => {
  it('is the verdict, the process, and each token with the time that is left', () => {
    expect(instanceText(status, now).split('\n')).toEqual([
      'ready: 1 token',
      '  process  42, certctl 1.2.3, since 2026-03-01T11:00:00Z',
      'prod',
      '  state         alive',
      '  expires       2026-03-01T13:00:00Z (in 1h)',
      '  next renewal  2026-03-01T12:30:00Z (in 30m)',
      '',
    ])
  })

  it('has why a token is not ready, and what its loop failed with', () => {
    const lastError = { code: 'sealed', message: 'Vault is\u001b sealed' }
    const bad = { ...good, ready: false, reason: 'no-attempt-left', failures: 3, lastError, nextRenewalAt: null }
    const text = instanceText({ ...status, ok: false, notReady: 1, stuck: ['prod'], issuers: [bad] }, now)
    expect(text).toContain('not ready: 1 of 1 token')
    expect(text).toContain('alive, not ready: no-attempt-left')
    expect(text).toContain('3 since the last success')
    expect(text).toContain(String.raw`Vault is\u{1b} sealed`)
    expect(text).toMatch(/stuck +prod/)
  })

  it('says of a time that it has passed', () => {
    expect(instanceText(status, new Date('2026-03-01T12:45:00Z'))).toContain('2026-03-01T12:30:00Z (past)')
  })
})

describe('what a script is told of an instance', () => {
  it('says whether it is ready, and all the rest', () => {
    const { ok, ...facts } = status
    expect(instanceDocument(status, ['careful'])).toEqual({ schema: 1, ready: ok, ...facts, warnings: ['careful'] })
  })
})
