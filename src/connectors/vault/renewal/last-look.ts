import type { Demands } from './demands.ts'
import type { LookedUpToken } from './kept-token.ts'
import { momentNow } from './moment.ts'
import type { RenewerEvent } from './renewer-event.ts'
import type { RenewerSetup } from './renewer-setup.ts'

/** Another token that lay in the place of a dying one; `unproven` is in use already and has to be looked up. */
export type OtherToken = LookedUpToken | 'unproven'

/** One more look for another token before the loop gives up. Throws Interruption. */
export async function lookForOther(setup: RenewerSetup, demands: Demands): Promise<OtherToken | undefined> {
  const { rotation, clock } = setup
  if (!rotation) return undefined
  for (;;) {
    const asked = momentNow(clock)
    const rotated = await demands.during((signal) => rotation.take(signal))
    switch (rotated.kind) {
      case 'taken':
        return { facts: rotated.facts, asked }
      case 'unproven':
        rotation.trust(rotated.token)
        return 'unproven'
      case 'unusable':
        await demands.during((signal) => clock.sleep(rotated.lookAgainIn, signal))
        break
      case 'nothing-new':
      case 'refused':
        return undefined
    }
  }
}

/** Keeps back the word of a token's end until it is sure that no other lies in its place. */
export class LastWord {
  readonly #setup: RenewerSetup
  #kept: RenewerEvent | undefined

  constructor(setup: RenewerSetup) {
    this.#setup = setup
  }

  readonly emit = (event: RenewerEvent): void => {
    const isLast = event.kind === 'expired' || event.kind === 'not-renewable'
    if (isLast && this.#setup.rotation) this.#kept = event
    else this.#setup.emit(event)
  }

  tell(): void {
    if (this.#kept) this.#setup.emit(this.#kept)
  }
}
