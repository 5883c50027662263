import { describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import { ConfigError, UnavailableError } from '../../../../../src/core/errors.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import {
  type RotationEvent,
  type TokenHolder,
  TokenRotation,
} from '../../../../../src/connectors/vault/renewal/token-rotation.ts'
import { TokenDeniedError, type TokenFacts } from '../../../../../src/connectors/vault/token/token-api.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'

const s = (seconds: number) => Duration.ofSeconds(seconds)
const facts = { accessor: 'acc' } as TokenFacts
const empty = () => new ConfigError('token file /t is empty')
const denied = () => new TokenDeniedError('the server denies the token')
const away = (code = 'sealed') => new UnavailableError('the server is sealed', { code })

/** A file with a token in it, or what reading it throws, and what the server says of each token. */
class Scene implements TokenHolder {
  readonly clock = new FakeClock()
  readonly events: RotationEvent[] = []
  readonly proofs: string[] = []
  held = 'hvs.held'
  file: string | Error | undefined = 'hvs.held'
  verdict: (token: string) => Error | undefined = () => undefined
  readonly rotation = new TokenRotation({
    holder: this,
    clock: this.clock,
    emit: (event) => this.events.push(event),
    read: () =>
      this.file instanceof Error
        ? Promise.reject(this.file)
        : Promise.resolve(this.file === undefined ? undefined : new Secret(this.file)),
  })

  holds(token: Secret): boolean {
    return token.reveal() === this.held
  }

  useToken(token: Secret): void {
    this.held = token.reveal()
  }

  prove(token: Secret): Promise<TokenFacts> {
    this.proofs.push(token.reveal())
    const error = this.verdict(token.reveal())
    return error ? Promise.reject(error) : Promise.resolve(facts)
  }

  async take(file: string | Error | undefined = this.file): Promise<string> {
    this.file = file
    return (await this.rotation.take()).kind
  }

  get told(): readonly string[] {
    return this.events.map(({ kind, error }) => `${kind}: ${error.message}`)
  }
}

describe('another token in the place of the one that is used', () => {
  it('is taken over once a look-up has proven it', async () => {
    const scene = new Scene()
    scene.file = 'hvs.new'
    expect(await scene.rotation.take()).toEqual({ kind: 'taken', facts })
    expect([scene.held, scene.proofs, scene.events]).toEqual(['hvs.new', ['hvs.new'], []])
    expect(await scene.take()).toBe('nothing-new')
  })

  it.each(['hvs.held', undefined])('is none: %s', async (file) => {
    const scene = new Scene()
    scene.file = file
    expect((await scene.rotation.take()).kind).toBe('nothing-new')
    expect(scene.proofs).toEqual([])
  })

  it('is refused, told once and asked about once, when the server denies it', async () => {
    const scene = new Scene()
    scene.verdict = denied
    for (let look = 0; look < 3; look += 1) expect(await scene.take('hvs.bad')).toBe('refused')
    expect(await scene.take('hvs.held')).toBe('nothing-new')
    expect(await scene.take('hvs.bad')).toBe('refused')
    expect(scene.proofs).toEqual(['hvs.bad'])
    expect(scene.told).toEqual(['token-refused: the server denies the token'])
    expect(scene.held).toBe('hvs.held')
    expect(await scene.take('hvs.worse')).toBe('refused')
    expect(scene.told).toHaveLength(2)
  })

  it('is not refused because the server is away: it is asked about again, and that is told once for each cause', async () => {
    const scene = new Scene()
    scene.verdict = () => away()
    scene.file = 'hvs.new'
    expect(await scene.rotation.take()).toMatchObject({ kind: 'unproven', error: { code: 'sealed' } })
    expect(await scene.take()).toBe('unproven')
    scene.verdict = () => away('refused')
    expect(await scene.take()).toBe('unproven')
    expect(scene.events.map(({ kind }) => kind)).toEqual(['token-unproven', 'token-unproven'])
    scene.verdict = () => undefined
    expect(await scene.take()).toBe('taken')
  })

  it('may be trusted without a proof, for want of another', () => {
    const scene = new Scene()
    scene.rotation.trust(new Secret('hvs.new'))
    expect(scene.held).toBe('hvs.new')
  })

  it('is looked at one at a time', async () => {
    const scene = new Scene()
    scene.file = 'hvs.new'
    expect((await Promise.all([scene.take(), scene.take()])).toSorted()).toEqual(['nothing-new', 'taken'])
    expect(scene.proofs).toEqual(['hvs.new'])
  })

  it('is not taken over any more when nobody waits for it', async () => {
    const scene = new Scene()
    scene.file = 'hvs.new'
    const reason = new Error('stopped')
    await expect(scene.rotation.take(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(scene.held).toBe('hvs.held')
  })

  it('that was refused elsewhere is neither asked about nor told again', async () => {
    const scene = new Scene()
    scene.rotation.noteRefusal(denied(), new Secret('hvs.bad'))
    expect(await scene.take('hvs.bad')).toBe('refused')
    expect([scene.proofs, scene.events]).toEqual([[], []])
  })
})

describe('a file without a token', () => {
  it('has two seconds to get one before that is told, once', async () => {
    const scene = new Scene()
    scene.file = empty()
    expect(await scene.rotation.take()).toEqual({ kind: 'unusable', lookAgainIn: s(2) })
    await scene.clock.advance(s(1.5))
    expect(await scene.rotation.take()).toEqual({ kind: 'unusable', lookAgainIn: s(0.5) })
    await scene.clock.advance(s(0.5))
    expect(await scene.take()).toBe('refused')
    await scene.clock.advance(s(60))
    expect(await scene.take(empty())).toBe('refused')
    expect(scene.told).toEqual(['token-refused: token file /t is empty'])
  })

  it('is forgotten when there is one in time', async () => {
    const scene = new Scene()
    await scene.take(empty())
    expect(await scene.take('hvs.new')).toBe('taken')
    await scene.clock.advance(s(60))
    expect(await scene.take(empty())).toBe('unusable')
    expect(scene.events).toEqual([])
  })

  it('is told again after it had one, and for another reason', async () => {
    const scene = new Scene()
    const bad = async (error: Error) => {
      await scene.take(error)
      await scene.clock.advance(s(2))
      await scene.take(error)
    }
    await bad(empty())
    await scene.take('hvs.held')
    await bad(empty())
    await bad(new ConfigError('token file /t does not exist'))
    expect(scene.told).toHaveLength(3)
  })

  it('throws on what nobody expects of reading it', async () => {
    const scene = new Scene()
    await expect(scene.take(new TypeError('a bug'))).rejects.toThrow('a bug')
    expect(await scene.take('hvs.new')).toBe('taken')
  })
})
