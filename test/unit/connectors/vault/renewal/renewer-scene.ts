import { Duration } from '../../../../../src/core/duration.ts'
import type { LifecycleEnd } from '../../../../../src/connectors/lifecycle.ts'
import type { RenewerEvent } from '../../../../../src/connectors/vault/renewal/renewer-event.ts'
import { TokenRenewer } from '../../../../../src/connectors/vault/renewal/token-renewer.ts'
import { SimulatedToken, type TokenMade } from './simulated-token.ts'
import { SteppedClock } from './stepped-clock.ts'

export const s = (seconds: number): Duration => Duration.ofSeconds(seconds)
export const minutes = (count: number): Duration => Duration.ofSeconds(count * 60)
export const hours = (count: number): Duration => Duration.ofHours(count)

type Kind = RenewerEvent['kind']
export type Told = RenewerEvent & { readonly at: number }

/** A renewer, the server's side of its token, and what happened. */
export class RenewerScene {
  readonly clock = new SteppedClock()
  readonly token: SimulatedToken
  readonly renewer: TokenRenewer
  readonly told: Told[] = []
  end: LifecycleEnd | undefined
  random = 0.5
  onEvent: (event: RenewerEvent) => void = () => undefined

  constructor(made: TokenMade, increment?: Duration, warnBefore?: Duration) {
    this.token = new SimulatedToken(this.clock, made)
    this.renewer = new TokenRenewer({
      api: this.token,
      clock: this.clock,
      random: () => this.random,
      increment,
      warnBefore,
      timeout: s(30),
      emit: (event) => {
        this.told.push({ ...event, at: this.clock.seconds })
        this.onEvent(event)
      },
    })
  }

  static async started(made: TokenMade, increment?: Duration): Promise<RenewerScene> {
    const scene = new RenewerScene(made, increment)
    await scene.start()
    return scene
  }

  async start(): Promise<void> {
    await this.renewer.start()
    void this.renewer.ended().then((end) => (this.end = end))
    await this.pass(Duration.zero)
  }

  pass(duration: Duration): Promise<void> {
    return this.clock.advance(duration)
  }

  async passUntilEnd(atMost: Duration): Promise<void> {
    for (let passed = 0; this.end === undefined && passed < atMost.seconds * 10; passed += 1) await this.pass(s(0.1))
  }

  get kinds(): Kind[] {
    return this.told.map(({ kind }) => kind)
  }

  get renewedAt(): number[] {
    return this.token.renewals.map(({ at }) => at)
  }

  all<Wanted extends Kind>(kind: Wanted): (Told & { readonly kind: Wanted })[] {
    return this.told.filter((event): event is Told & { readonly kind: Wanted } => event.kind === kind)
  }

  count(kind: Kind): number {
    return this.all(kind).length
  }

  /** This host's time, as seconds since the scene began. */
  secondsAt(time: Date | null): number | null {
    const start = this.clock.now().getTime() - this.clock.seconds * 1000
    return time === null ? null : (time.getTime() - start) / 1000
  }
}
