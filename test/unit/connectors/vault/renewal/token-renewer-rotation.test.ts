import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../../../src/core/errors.ts'
import { Secret } from '../../../../../src/core/secret.ts'
import type { LifecycleEnd } from '../../../../../src/connectors/lifecycle.ts'
import type { Rotation } from '../../../../../src/connectors/vault/renewal/renewer-setup.ts'
import type { Rotated } from '../../../../../src/connectors/vault/renewal/token-rotation.ts'
import { TokenRenewer } from '../../../../../src/connectors/vault/renewal/token-renewer.ts'
import { type TokenApi, TokenDeniedError } from '../../../../../src/connectors/vault/token/token-api.ts'
import { s, type Told } from './renewer-scene.ts'
import { SimulatedToken, type TokenMade } from './simulated-token.ts'
import { SteppedClock } from './stepped-clock.ts'

/** A renewer, its token, and what lies in the place of that when the loop looks. */
class RotationScene implements Rotation {
  readonly clock = new SteppedClock()
  readonly told: Told[] = []
  readonly renewer: TokenRenewer
  readonly looks: number[] = []
  token: SimulatedToken | undefined
  end: LifecycleEnd | undefined
  lies: () => Promise<Rotated> = () => Promise.resolve({ kind: 'nothing-new' })

  constructor(made?: TokenMade) {
    this.token = made && new SimulatedToken(this.clock, made)
    const denied = () => Promise.reject(new TokenDeniedError('denied'))
    const api: TokenApi = {
      lookupSelf: (call) => this.token?.lookupSelf(call) ?? denied(),
      mountMaxTtl: () => Promise.resolve(null),
      renewSelf: (increment, call) => this.token?.renewSelf(increment, call) ?? denied(),
    }
    const emit = (event: Told) => void this.told.push(event)
    this.renewer = new TokenRenewer({
      api,
      clock: this.clock,
      random: () => 0.5,
      timeout: s(30),
      rotation: this,
      emit: (event) => emit({ ...event, at: this.clock.seconds }),
    })
  }

  static async started(made?: TokenMade): Promise<RotationScene> {
    const scene = new RotationScene(made)
    await scene.renewer.start()
    void scene.renewer.ended().then((end) => (scene.end = end))
    return scene
  }

  take(): Promise<Rotated> {
    this.looks.push(this.clock.seconds)
    return this.lies()
  }

  trust(token: Secret): void {
    this.put({ ttl: 60 })
    expect(token.reveal()).toBe('hvs.new')
  }

  put(made: TokenMade): SimulatedToken {
    return (this.token = new SimulatedToken(this.clock, made))
  }

  /** Somebody put it there; from then on it is the one in use. */
  liesOnce(made: TokenMade): void {
    this.lies = async () => {
      this.lies = () => Promise.resolve({ kind: 'nothing-new' })
      return { kind: 'taken', facts: await this.put(made).lookupSelf() }
    }
  }

  get kinds(): readonly string[] {
    return this.told.map(({ kind }) => kind)
  }
}

const forAMinute = { ttl: 60 }

describe('before it gives up, the loop looks for another token', () => {
  it.each([
    ['revoked', { ttl: 60 }, (scene: RotationScene) => scene.token?.revoke()],
    [
      'not renewable from now on',
      { ttl: 60 },
      (scene: RotationScene) => scene.token && (scene.token.isRenewable = false),
    ],
    ['at its maximum', { ttl: 60, explicitMax: 60 }, () => undefined],
  ] as const)('and goes on with it when its own is %s, without a word of an end', async (_why, made, happens) => {
    const scene = await RotationScene.started(made)
    await scene.clock.advance(s(1))
    scene.liesOnce({ ttl: 3600 })
    happens(scene)
    await scene.clock.advance(s(100))
    expect(scene.end).toBeUndefined()
    expect(scene.kinds).toContain('token-replaced')
    expect(scene.kinds).not.toContain('expired')
    expect(scene.kinds).not.toContain('not-renewable')
    expect(scene.looks).toHaveLength(1)
    await scene.renewer.stop()
  })

  it('and goes on with it when its own can not be renewed at the start', async () => {
    const scene = new RotationScene({ ttl: 60, isRenewable: false })
    scene.liesOnce(forAMinute)
    await scene.renewer.start()
    await scene.clock.advance(s(50))
    expect(scene.kinds.slice(0, 3)).toEqual(['started', 'token-replaced', 'renewed'])
    await scene.renewer.stop()
  })

  it('and begins with it when its own is denied at the start', async () => {
    const scene = new RotationScene()
    scene.liesOnce(forAMinute)
    await scene.renewer.start()
    await scene.clock.advance(s(40))
    expect(scene.kinds).toEqual(['started', 'renewed'])
    await scene.renewer.stop()
  })

  it.each([
    [{ ttl: 60, isRenewable: false }, 'not-renewable'],
    [undefined, 'expired'],
  ] as const)('and ends as ever when there is none', async (made, reason) => {
    const scene = await RotationScene.started(made)
    await scene.clock.advance(s(1))
    expect(scene.end).toMatchObject({ reason })
    expect(scene.kinds.filter((kind) => kind === reason)).toHaveLength(1)
    expect(scene.looks).toHaveLength(1)
  })

  it('and ends as ever when the other is refused', async () => {
    const scene = await RotationScene.started(forAMinute)
    scene.lies = () => Promise.resolve({ kind: 'refused' })
    await scene.clock.advance(s(1))
    scene.token?.revoke()
    await scene.clock.advance(s(60))
    expect(scene.end?.reason).toBe('expired')
    expect(scene.kinds.at(-1)).toBe('expired')
  })

  it('and looks again at a file that is just being written', async () => {
    const scene = await RotationScene.started({ ttl: 60, isRenewable: false })
    scene.lies = () => {
      scene.liesOnce(forAMinute)
      return Promise.resolve({ kind: 'unusable', lookAgainIn: s(2) })
    }
    await scene.clock.advance(s(1))
    expect(scene.end).toBeUndefined()
    await scene.clock.advance(s(1))
    expect(scene.looks).toEqual([0, 2])
    expect(scene.kinds).toContain('token-replaced')
    await scene.renewer.stop()
  })

  it('and waits with it for a server that is away', async () => {
    const scene = await RotationScene.started(forAMinute)
    await scene.clock.advance(s(1))
    const error = new UnavailableError('away')
    scene.token!.fault = () => error
    scene.lies = () => Promise.resolve({ kind: 'unproven', token: new Secret('hvs.new'), error })
    await scene.clock.advance(s(120))
    expect(scene.end).toBeUndefined()
    expect(scene.kinds).not.toContain('expired')
    expect(scene.kinds.at(-1)).toBe('renewed')
    await scene.renewer.stop()
  })

  it('and stops at once in the middle of that look', async () => {
    const scene = await RotationScene.started({ ttl: 60, isRenewable: false })
    scene.lies = () => new Promise(() => undefined)
    await scene.clock.advance(s(1))
    await scene.renewer.stop()
    expect(await scene.renewer.ended()).toEqual({ reason: 'stopped' })
    expect(scene.kinds).toEqual(['started', 'stopped'])
  })

  it('and gives that look up for a token that comes from elsewhere', async () => {
    const scene = await RotationScene.started({ ttl: 60, isRenewable: false })
    scene.lies = () => new Promise(() => undefined)
    await scene.clock.advance(s(1))
    scene.renewer.tokenReplaced(await scene.put({ ttl: 3600 }).lookupSelf())
    await scene.clock.advance(s(5))
    expect(scene.kinds).toEqual(['started', 'token-replaced', 'renewed'])
    await scene.renewer.stop()
  })

  it('and not while its token is well', async () => {
    const scene = await RotationScene.started(forAMinute)
    await scene.clock.advance(s(600))
    expect(scene.looks).toEqual([])
    await scene.renewer.stop()
  })
})
