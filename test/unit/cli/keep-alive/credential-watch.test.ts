import { describe, expect, it } from 'vitest'
import { CredentialWatch } from '../../../../src/cli/keep-alive/credential-watch.ts'
import type { LoginMethod } from '../../../../src/connectors/vault/login/login-method.ts'
import type { RenewerEvent } from '../../../../src/connectors/vault/renewal/renewer-event.ts'
import type { Rotated } from '../../../../src/connectors/vault/renewal/token-rotation.ts'
import { TokenDeniedError, type TokenFacts } from '../../../../src/connectors/vault/token/token-api.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { ConfigError, RejectedError, UnavailableError } from '../../../../src/core/errors.ts'
import type { LogFields } from '../../../../src/core/log.ts'
import { Secret } from '../../../../src/core/secret.ts'
import type { WatchedDisk } from '../../../../src/files/watched-disk.ts'
import { FakeClock, settle } from '../../../support/fake-clock.ts'

const s = (seconds: number) => Duration.ofSeconds(seconds)

/** Files whose changes are told by nothing but what they are. */
class PolledDisk implements WatchedDisk {
  readonly versions = new Map<string, number>()

  change(path: string): void {
    this.versions.set(path, (this.versions.get(path) ?? 0) + 1)
  }

  fingerprint(path: string) {
    return Promise.resolve(String(this.versions.get(path) ?? 0))
  }

  waypoints() {
    return Promise.resolve([])
  }

  watchDirectory(): never {
    throw new Error('there is no directory')
  }
}

function method(kind: string, ...files: readonly string[]): LoginMethod {
  const request = () => Promise.reject(new Error('not asked for'))
  return { kind, mount: kind, files, request }
}

function scene() {
  const clock = new FakeClock()
  const disk = new PolledDisk()
  const lines: (LogFields & { readonly level: string; readonly message: string })[] = []
  const logger = {
    log: (level: string, message: string, fields: LogFields = {}) => void lines.push({ ...fields, level, message }),
  }
  const calls: string[] = []
  const answers: { rotated: Rotated; reload: Error | undefined } = {
    rotated: { kind: 'nothing-new' },
    reload: undefined,
  }
  const user = {
    name: 'prod',
    takeRotated: () => {
      calls.push('take')
      return Promise.resolve(answers.rotated)
    },
    reload: () => {
      calls.push('reload')
      return answers.reload ? Promise.reject(answers.reload) : Promise.resolve()
    },
    renewNow: () => void calls.push('renew'),
  }
  const watch = new CredentialWatch({ issuer: 'prod', logger, clock, disk })
  return { clock, disk, lines, calls, answers, user, watch }
}

const loginFailed = { kind: 'login-failed' } as RenewerEvent
const replaced = { kind: 'token-replaced' } as RenewerEvent

describe('the file of a token', () => {
  function token() {
    const one = scene()
    const taken: string[] = []
    one.watch.followToken('/run/token')
    one.watch.begin(one.user, undefined, () => taken.push('taken'))
    return { ...one, taken }
  }

  it('is looked at when the watch begins, and at each change', async () => {
    const { clock, disk, calls } = token()
    await clock.advance(s(60))
    expect(calls).toEqual(['take'])
    disk.change('/run/token')
    await clock.advance(s(60))
    expect(calls).toEqual(['take', 'take'])
  })

  it('is not there to be watched when the token came from elsewhere', async () => {
    const { clock, calls, watch, user } = scene()
    watch.followToken(undefined)
    watch.begin(user, undefined, () => undefined)
    await clock.advance(s(60))
    expect([calls, clock.sleeping]).toEqual([[], 0])
    watch.close()
  })

  it('is followed to where a reload finds it, and no longer where it was', async () => {
    const { clock, disk, calls, watch } = token()
    await clock.advance(s(60))
    watch.followToken('/run/other')
    watch.followToken('/run/other')
    await clock.advance(s(60))
    expect(calls).toEqual(['take', 'take'])
    disk.change('/run/token')
    await clock.advance(s(60))
    expect(calls).toHaveLength(2)
    disk.change('/run/other')
    await clock.advance(s(60))
    expect(calls).toHaveLength(3)
    watch.followToken(undefined)
    disk.change('/run/other')
    await clock.advance(s(60))
    expect(calls).toHaveLength(3)
  })

  it('that has a good one is news for those who ended for want of it', async () => {
    const { clock, answers, taken } = token()
    answers.rotated = { kind: 'taken', facts: {} as TokenFacts }
    await clock.advance(s(1))
    expect(taken).toEqual(['taken'])
  })

  it.each<Rotated>([
    { kind: 'unusable', lookAgainIn: s(2) },
    { kind: 'unproven', token: new Secret('hvs.new'), error: new UnavailableError('away') },
  ])('is looked at again while it is $kind', async (rotated) => {
    const { clock, answers, calls } = token()
    answers.rotated = rotated
    await settle()
    answers.rotated = { kind: 'nothing-new' }
    await clock.advance(s(10))
    expect(calls).toEqual(['take', 'take'])
  })

  it('is let go of at the close', async () => {
    const { clock, disk, calls, watch } = token()
    await clock.advance(s(1))
    watch.close()
    watch.close()
    await settle()
    expect(clock.sleeping).toBe(0)
    disk.change('/run/token')
    watch.followToken('/run/other')
    await clock.advance(s(100))
    expect(calls).toEqual(['take'])
  })
})

describe('the log', () => {
  it('has a warning for a token that is refused, and a word for one that waits for its proof', () => {
    const { watch, lines } = scene()
    watch.tell({ kind: 'token-refused', error: new TokenDeniedError('denied', { hint: 'log in' }) })
    watch.tell({ kind: 'token-unproven', error: new UnavailableError('away', { code: 'sealed' }) })
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'the new credentials are refused; the old ones go on',
        issuer: 'prod',
        cause: 'denied',
        hint: 'log in',
      },
      {
        level: 'info',
        message: 'the new token cannot be proven yet; it is tried again',
        issuer: 'prod',
        cause: 'away',
        code: 'sealed',
      },
    ])
  })
})

describe('the files of a login', () => {
  function login(kind: string, ...files: readonly string[]) {
    const one = scene()
    one.watch.begin(one.user, method(kind, ...files), () => undefined)
    return one
  }

  it('are read at the next login anyway', async () => {
    const { clock, disk, calls } = login('approle', '/role', '/secret')
    await clock.advance(s(1))
    disk.change('/secret')
    await clock.advance(s(60))
    expect(calls).toEqual([])
  })

  it('bring on the next try while logins fail', async () => {
    const { clock, disk, calls, watch } = login('approle', '/role', '/secret')
    await clock.advance(s(1))
    watch.observe(loginFailed)
    expect(calls).toEqual([])
    disk.change('/secret')
    await clock.advance(s(60))
    expect(calls).toEqual(['renew'])
    watch.observe(replaced)
    disk.change('/role')
    await clock.advance(s(60))
    expect(calls).toEqual(['renew'])
  })

  it('make a new login where the connection is made of them', async () => {
    const { clock, disk, calls } = login('cert', '/cert', '/key')
    await clock.advance(s(60))
    expect(calls).toEqual([])
    disk.change('/cert')
    disk.change('/key')
    await clock.advance(s(60))
    expect(calls).toEqual(['reload'])
  })

  it('have a moment to fit together', async () => {
    const { clock, disk, calls, answers, lines } = login('cert', '/cert', '/key')
    await clock.advance(s(1))
    answers.reload = new ConfigError('the key does not belong to the certificate')
    disk.change('/cert')
    await clock.advance(s(30))
    expect([calls, lines]).toEqual([['reload'], []])
    answers.reload = undefined
    await clock.advance(s(30))
    expect([calls, lines]).toEqual([['reload', 'reload'], []])
  })

  it.each([
    ['do not fit together', new ConfigError('the key does not belong'), 2],
    ['are refused', new RejectedError('no chain matches'), 1],
  ])('are told of once when they %s', async (_, error, tries) => {
    const { clock, disk, calls, answers, lines } = login('cert', '/cert', '/key')
    await clock.advance(s(1))
    answers.reload = error
    disk.change('/cert')
    await clock.advance(s(100))
    expect(calls).toHaveLength(tries)
    expect(lines).toMatchObject([{ level: 'warn', cause: error.message }])
    disk.change('/key')
    await clock.advance(s(100))
    expect(lines).toHaveLength(2)
  })

  it('wait for a server that is away', async () => {
    const { clock, disk, calls, answers, lines } = login('cert', '/cert', '/key')
    await clock.advance(s(1))
    answers.reload = new UnavailableError('away')
    disk.change('/cert')
    await clock.advance(s(30))
    answers.reload = undefined
    await clock.advance(s(100))
    expect(calls.length).toBeGreaterThan(1)
    expect(lines).toEqual([])
  })
})
