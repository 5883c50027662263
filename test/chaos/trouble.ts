import * as faults from '../support/faults.ts'

/** What is wrong on the way for a while; both times are seconds after the grant that it follows. */
export interface Trouble {
  readonly from: number
  readonly to: number
  /** `refused`: nothing listens there. */
  readonly fault: faults.Fault | 'refused'
}

/** What follows a grant of so many seconds. */
export type Draw = (lease: number) => readonly Trouble[]

/** A way that opens this long before a lease ends is open in time; the judge asks for less. */
const inTime = 2.3

/** A lease below this leaves no room between one grant and the last moments. */
const shortestTroubled = inTime + 1

/** The troubles of a seed, lease by lease: the first two grants come in peace or in trouble that can be survived. */
export function drawFrom(random: () => number): Draw {
  let grants = 0
  return (lease) => {
    grants += 1
    const [kind, place] = [random(), random()]
    if (lease < shortestTroubled || kind < 0.2) return []
    const last = lease - inTime
    if (kind < 0.4) return [{ from: 0.3 * place, to: last, fault: drawFault(random) }]
    if (kind < 0.6)
      return [{ from: last * place, to: last * (place + (1 - place) * random()), fault: drawFault(random) }]
    if (kind < 0.8) return flicker(last, random)
    return grants < 3 ? [] : [{ from: 0.4 * lease * place, to: lease + 1 + 3 * random(), fault: drawFault(random) }]
  }
}

/** Short troubles of all kinds, and short peace between them. */
function flicker(until: number, random: () => number): readonly Trouble[] {
  const troubles: Trouble[] = []
  for (let from = 0.5 * random(); from < until; from += 0.3 + 0.7 * random()) {
    const to = Math.min(until, from + 0.3 + 1.2 * random())
    troubles.push({ from, to, fault: drawFault(random) })
    from = to
  }
  return troubles
}

function drawFault(random: () => number): Trouble['fault'] {
  const milliseconds = Math.floor(200 + 2800 * random())
  const kinds: readonly Trouble['fault'][] = [
    'refused',
    faults.reset(),
    faults.silence(),
    faults.answerLost(),
    faults.cut(),
    faults.wrongLength(40),
    faults.throttled(),
    faults.throttled(String(Math.ceil(milliseconds / 200))),
    faults.status(503, 'Vault is sealed'),
    faults.status(500, 'local node not active but active cluster node not found'),
    faults.html(502),
    faults.noContent(),
    faults.garbage(),
    faults.delay(milliseconds),
    faults.delay(milliseconds, faults.reset()),
    faults.delay(milliseconds, faults.answerLost()),
  ]
  return kinds[Math.floor(random() * kinds.length)]!
}
