import { setTimeout as wait } from 'node:timers/promises'
import type { TestContext } from 'vitest'
import { Turns } from '../e2e/support/turns.ts'
import { messages } from '../vault/keep-alive.ts'
import { KeepAliveRun } from '../support/keep-alive-run.ts'
import type { CreatedToken, TokenOptions, VaultServer } from '../support/vault-server.ts'
import { earliestEnd, type Grant, type Sight, type Span, type TokenStory } from './judge/token-story.ts'
import { TroubledWay } from './troubled-way.ts'
import type { Draw } from './trouble.ts'

/** Who makes tokens and is asked about them; the program may be sent elsewhere. */
export type Custodian = Pick<VaultServer, 'address' | 'rootToken' | 'createToken' | 'request'>

export interface OrdealOptions {
  /** Also of the program's own random numbers. */
  readonly seed: number
  /** In seconds. */
  readonly ttl: number
  readonly token?: TokenOptions
  /** In seconds, of `token`. */
  readonly explicitMax?: number | undefined
  readonly draw?: Draw
  /** In seconds, until all is over; the token may be dead before. */
  readonly lasts: number
  /** Somebody revokes it then. */
  readonly revokedAfter?: number | undefined
  /** Where the program is sent; the server's own address by default. */
  readonly address?: string
  /** Troubles of the server itself, as far as they have come. */
  readonly outages?: readonly Span[]
  readonly stalls: readonly Span[]
}

interface Subject {
  readonly way: TroubledWay
  readonly creation: Grant
  readonly accessor: string
  readonly run: KeepAliveRun
}

/** A process that starts takes a processor for itself, and the clock of a short token runs meanwhile. */
const starts = new Turns(2)

const betweenLooks = 500

/** A program keeps one token through all that, and is watched from outside. */
export class Ordeal {
  #revokedAt: number | undefined

  private constructor(
    private readonly server: Custodian,
    private readonly options: OrdealOptions,
    private readonly subject: Subject,
  ) {}

  /** Ends when the program has taken up its token. */
  static async begin(
    test: Pick<TestContext, 'onTestFinished'>,
    server: Custodian,
    options: OrdealOptions,
  ): Promise<Ordeal> {
    return new Ordeal(server, options, await starts.take(() => setOut(test, server, options)))
  }

  /** The same, to its end. */
  static async undergo(...begin: Parameters<typeof Ordeal.begin>): Promise<TokenStory> {
    return (await Ordeal.begin(...begin)).story()
  }

  async story(): Promise<TokenStory> {
    const { lasts, explicitMax, outages = [], stalls } = this.options
    const { way, creation, accessor, run } = this.subject
    const watch = new Watch(this.server, accessor, run)
    const startedAt = Date.now()
    const isOver = (): boolean => Date.now() > startedAt + lasts * 1000
    while (!watch.hasEnded && !(isOver() && this.#isAlive(watch))) {
      await watch.look()
      await this.#revokeIfDue(startedAt)
      if (isOver()) await way.clear()
      await Promise.race([wait(betweenLooks), watch.ended])
    }
    const stoppedAt = watch.hasEnded ? undefined : Date.now()
    const { code } = await run.end(stoppedAt === undefined ? undefined : 'SIGTERM')
    return {
      grants: [creation, ...way.grants],
      latestEnd: explicitMax === undefined ? undefined : creation.answeredAt + explicitMax * 1000,
      revokedAt: this.#revokedAt,
      closures: [...way.closures, ...outages],
      stalls: stalls.filter(({ from }) => from >= creation.askedAt),
      looks: watch.looks,
      scrapes: watch.scrapes,
      log: run.log,
      requests: way.requests,
      end: { at: stoppedAt ?? Date.now(), code, isAsked: stoppedAt !== undefined },
    }
  }

  /** For so long that a stop comes before its end. */
  #isAlive({ looks }: Watch): boolean {
    const { way, creation } = this.subject
    const lastEnd = earliestEnd(way.grants.at(-1) ?? creation)
    return this.#revokedAt === undefined && looks.at(-1)?.seen === true && Date.now() < lastEnd - 1000
  }

  async #revokeIfDue(startedAt: number): Promise<void> {
    const { revokedAfter = Infinity } = this.options
    if (this.#revokedAt !== undefined || Date.now() < startedAt + revokedAfter * 1000) return
    const { accessor } = this.subject
    await this.server.request('POST', 'auth/token/revoke-accessor', { accessor }, this.server.rootToken)
    this.#revokedAt = Date.now()
  }
}

/** A token of which a third is over before its program is up tells of the machine only, so there is another. */
async function setOut(
  test: Pick<TestContext, 'onTestFinished'>,
  server: Custodian,
  options: OrdealOptions,
): Promise<Subject> {
  for (;;) {
    const way = await TroubledWay.start(options.address ?? server.address, options.draw)
    test.onTestFinished(() => way.stop())
    const { creation, token, accessor } = await create(server, options)
    const run = await KeepAliveRun.start(test, {
      address: way.address,
      token,
      args: ['--metrics-listen', '127.0.0.1:0'],
      nodeArgs: [`--random-seed=${options.seed}`],
    })
    await run.untilHeard()
    const [first] = run.all(messages.started)
    if (first && Date.parse(first.time) < creation.askedAt + options.ttl * 333) return { way, creation, accessor, run }
    await run.end('SIGKILL')
  }
}

async function create(
  server: Custodian,
  { ttl, explicitMax, token }: OrdealOptions,
): Promise<CreatedToken & { creation: Grant }> {
  const askedAt = Date.now()
  const limits = explicitMax === undefined ? {} : { explicitMaxTtl: `${explicitMax}s` }
  const made = await server.createToken({ ttl: `${ttl}s`, ...limits, ...token })
  return { ...made, creation: { askedAt, answeredAt: Date.now(), seconds: ttl } }
}

/** Looks at the token by its accessor and at the metrics, past everything that is in the program's way. */
class Watch {
  readonly looks: Sight<boolean>[] = []
  readonly scrapes: Sight<Readonly<Record<string, number>>>[] = []
  readonly ended: Promise<void>
  hasEnded = false

  constructor(
    private readonly server: Custodian,
    private readonly accessor: string,
    private readonly run: KeepAliveRun,
  ) {
    this.ended = run.end().then(() => void (this.hasEnded = true))
  }

  async look(): Promise<void> {
    const [known, series] = await Promise.all([seen(() => this.#isKnown()), seen(() => this.run.scrape())])
    if (known) this.looks.push(known)
    if (series) this.scrapes.push(series)
  }

  async #isKnown(): Promise<boolean> {
    const { server, accessor } = this
    const { status, text } = await server.request('POST', 'auth/token/lookup-accessor', { accessor }, server.rootToken)
    if (status === 200) return true
    if (status === 403 || status === 404) return false
    throw new Error(`the server says nothing about the token: ${status} ${text}`)
  }
}

/** Nothing when nobody answered. */
async function seen<Seen>(look: () => Promise<Seen>): Promise<Sight<Seen> | undefined> {
  const askedAt = Date.now()
  try {
    return { seen: await look(), askedAt, answeredAt: Date.now() }
  } catch {
    return undefined
  }
}
