import { Duration } from '../../../../../src/core/duration.ts'
import type { LifecycleEnd } from '../../../../../src/connectors/lifecycle.ts'
import type { RenewerEvent } from '../../../../../src/connectors/vault/renewal/renewer-event.ts'
import type { Successor } from '../../../../../src/connectors/vault/renewal/renewer-setup.ts'
import {
  type CallLimits,
  type TokenApi,
  TokenDeniedError,
  type TokenFacts,
} from '../../../../../src/connectors/vault/token/token-api.ts'
import { ConnectionError } from '../../../../../src/http/http-client.ts'
import { TokenRenewer } from '../../../../../src/connectors/vault/renewal/token-renewer.ts'
import { s, type Told } from './renewer-scene.ts'
import { SimulatedToken, type TokenMade } from './simulated-token.ts'
import { SteppedClock } from './stepped-clock.ts'

/** `silent`: no answer within the time that the login may take. */
export type LoginFault = Error | 'stuck' | 'silent'

/** A renewer whose token another one can take the place of: what each login gives, and when it was asked for. */
export class SuccessionScene implements Successor {
  readonly clock = new SteppedClock()
  readonly told: Told[] = []
  /** When each login was asked for, the failed ones too. */
  readonly logins: number[] = []
  readonly tokens: SimulatedToken[] = []
  readonly renewer: TokenRenewer
  handedOn = 0
  random = 0.5
  end: LifecycleEnd | undefined
  /** Asked before each login. */
  loginFault: () => LoginFault | undefined = () => undefined
  readonly #given: TokenMade

  /** `given` is what logins give; without a `first` there is no token to begin with. */
  constructor(given: TokenMade, first?: TokenMade) {
    this.#given = given
    if (first) this.tokens.push(new SimulatedToken(this.clock, first))
    this.renewer = new TokenRenewer({
      api: this.#api,
      clock: this.clock,
      random: () => this.random,
      timeout: s(30),
      successor: this,
      emit: (event) => this.told.push({ ...event, at: this.clock.seconds }),
    })
  }

  static async started(given: TokenMade, first?: TokenMade): Promise<SuccessionScene> {
    const scene = new SuccessionScene(given, first)
    await scene.start()
    return scene
  }

  async start(): Promise<void> {
    await this.renewer.start()
    void this.renewer.ended().then((end) => (this.end = end))
    await this.pass(s(0))
  }

  pass(duration: Duration): Promise<void> {
    return this.clock.advance(duration)
  }

  get token(): SimulatedToken {
    return this.tokens.at(-1)!
  }

  get kinds(): RenewerEvent['kind'][] {
    return this.told.map(({ kind }) => kind)
  }

  all<Wanted extends RenewerEvent['kind']>(kind: Wanted): (Told & { readonly kind: Wanted })[] {
    return this.told.filter((event): event is Told & { readonly kind: Wanted } => event.kind === kind)
  }

  /** This host's time, as seconds since the scene began. */
  secondsAt(time: Date): number {
    return (time.getTime() - this.clock.now().getTime()) / 1000 + this.clock.seconds
  }

  count(kind: RenewerEvent['kind']): number {
    return this.kinds.filter((one) => one === kind).length
  }

  /** Whether a reader had a good token all the time, looked at ten times a second. */
  async isWithoutGap(duration: Duration): Promise<boolean> {
    for (let passed = 0; passed < duration.seconds * 10; passed += 1) {
      await this.pass(s(0.1))
      if (!this.token.isAlive) return false
    }
    return true
  }

  async takeNewToken({ timeout = Duration.ofSeconds(30) }: CallLimits = {}): Promise<TokenFacts> {
    this.logins.push(this.clock.seconds)
    const fault = this.loginFault()
    if (fault === 'stuck') return new Promise(() => undefined)
    if (fault === 'silent') {
      await this.clock.sleep(timeout)
      throw new ConnectionError('no reply in time', true, { code: 'timeout' })
    }
    if (fault) throw fault
    this.tokens.push(new SimulatedToken(this.clock, this.#given))
    return this.token.lookupSelf()
  }

  handOn(): Promise<void> {
    this.handedOn += 1
    return Promise.resolve()
  }

  get #api(): TokenApi {
    const none = () => Promise.reject(new TokenDeniedError('there is no token yet'))
    return {
      lookupSelf: (call) => this.tokens.at(-1)?.lookupSelf(call) ?? none(),
      mountMaxTtl: () => this.tokens.at(-1)?.mountMaxTtl() ?? none(),
      renewSelf: (increment, call) => this.tokens.at(-1)?.renewSelf(increment, call) ?? none(),
    }
  }
}
