import { expect } from 'vitest'
import { fateOf } from './judge/fate.ts'
import { brokenPromises } from './judge/promises.ts'
import type { TokenStory } from './judge/token-story.ts'

/** What became of the tokens of a suite. */
export class Fates {
  readonly #counts: Record<string, number> = {}

  /** Fails with the whole story when a promise was broken. */
  judge(story: TokenStory): void {
    const fate = fateOf(story)
    const name = fate.is === 'dead' ? fate.why : fate.is
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
    expect(brokenPromises(story), tellStory(story)).toEqual([])
  }

  of(name: string): number {
    return this.#counts[name] ?? 0
  }

  toString(): string {
    return Object.entries(this.#counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  }
}

function tellStory({ grants, closures, stalls, latestEnd, revokedAt, end, log }: TokenStory): string {
  const lines = [
    ...grants.map(({ askedAt, answeredAt, seconds }) => ({
      askedAt,
      message: `granted ${seconds} s, answered ${answeredAt - askedAt} ms later`,
      at: askedAt,
    })),
    ...closures.flatMap(({ from, to }) => [
      { at: from, message: 'the way is shut' },
      { at: to, message: 'the way is open' },
    ]),
    ...stalls.map(({ from, to }) => ({ at: from, message: `the machine stands still for ${to - from} ms` })),
    ...(revokedAt === undefined ? [] : [{ at: revokedAt, message: 'revoked' }]),
    ...(latestEnd === undefined ? [] : [{ at: latestEnd, message: 'the explicit max TTL is over' }]),
    { at: end.at, message: `the program has ended with ${end.code}` },
  ]
  const told = log.map(({ time, ...line }) => ({ at: Date.parse(time), message: JSON.stringify(line) }))
  return [...lines, ...told]
    .sort((one, other) => one.at - other.at)
    .map(({ at, message }) => `${Number.isFinite(at) ? new Date(at).toISOString().slice(11) : 'never'} ${message}`)
    .join('\n')
}
