import { describe, expect, it } from 'vitest'
import type { Sink } from '../../../../../src/connectors/vault/login/token-handout.ts'
import { WrappedSink } from '../../../../../src/connectors/vault/login/wrapped-sink.ts'
import { Duration } from '../../../../../src/core/duration.ts'
import { FileError } from '../../../../../src/core/errors.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import { errorOf, ScriptedVault, type Answer } from '../renewal/scripted-vault.ts'

const info = {
  token: 'hvs.wrapping',
  accessor: 'acc',
  ttl: 60,
  creation_time: '2026-03-01T12:00:00Z',
  creation_path: 'sys/wrapping/wrap',
}
const wrapped: Answer = { body: { data: null, wrap_info: info, auth: null } }

function scene(...answers: readonly Answer[]) {
  const vault = new ScriptedVault(...answers)
  const written: string[] = []
  const failing: { error?: Error } = {}
  const sink: Sink = {
    path: '/run/one',
    write: (token) => {
      if (failing.error) return Promise.reject(failing.error)
      written.push(token.reveal())
      return Promise.resolve(true)
    },
  }
  const own = new WrappedSink(sink, vault.client(), Duration.ofMilliseconds(59_500))
  return { vault, written, failing, sink: own }
}

const token = new Secret('hvs.new')

describe('a sink that gets tokens wrapped', () => {
  it('holds what the server says of the wrapping, as JSON, and not the token', async () => {
    const { sink, written, vault } = scene(wrapped)
    expect(await sink.write(token)).toBe(true)
    expect(written.map((text) => JSON.parse(text) as unknown)).toEqual([info])
    expect(vault.requests).toMatchObject([
      { method: 'POST', path: 'v1/sys/wrapping/wrap', body: { token: 'hvs.new' }, repeat: 'unsent' },
    ])
    expect(vault.requests[0]?.headers).toMatchObject({ 'x-vault-token': 'hvs.new', 'x-vault-wrap-ttl': '60s' })
    expect(sink.path).toBe('/run/one')
  })

  it('gets one wrapping for each token', async () => {
    const { sink, written } = scene(wrapped)
    await sink.write(token)
    expect(await sink.write(token)).toBe(false)
    expect(await sink.write(new Secret('hvs.newer'))).toBe(true)
    expect(written).toHaveLength(2)
  })

  it('gets another wrapping when it could not be written: nobody knows what became of the first', async () => {
    const { sink, written, failing, vault } = scene(wrapped)
    failing.error = new FileError('no space left')
    await errorOf(sink.write(token))
    delete failing.error
    expect(await sink.write(token)).toBe(true)
    expect([written.length, vault.requests.length]).toEqual([1, 2])
  })

  it.each<[string, Answer]>([
    ['denies the wrapping', { status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } }],
    ['answers without one', { body: { data: { token: 'hvs.new' } } }],
    ['answers with an empty one', { body: { wrap_info: { ...info, token: '' } } }],
  ])('stays as it is when the server %s', async (_, answer) => {
    const { sink, written } = scene(answer)
    const error = await errorOf(sink.write(token))
    expect(written).toEqual([])
    expect(`${error.message} ${String(error.hint)}`).not.toContain('hvs.')
  })
})
