import type { LoginEvent } from '../../connectors/vault/login/login-event.ts'
import type { RenewerEvent } from '../../connectors/vault/renewal/renewer-event.ts'
import type { Secret } from '../../core/secret.ts'

/** Gives a program each token once it is proven and, where the program reads it from a sink, written. */
export class ProgramSupply {
  #isProven = false
  #isSinkBehind = false

  constructor(
    private readonly token: () => Secret | undefined,
    private readonly sink: string | undefined,
    private readonly give: (token: Secret) => void,
  ) {}

  observe(event: RenewerEvent): void {
    if (event.kind !== 'started' && event.kind !== 'token-replaced') return
    this.#isProven = true
    this.#supply()
  }

  observeLogin(event: LoginEvent): void {
    if (event.kind !== 'sink-failed' && event.kind !== 'sink-written') return
    if (event.path !== this.sink) return
    this.#isSinkBehind = event.kind === 'sink-failed'
    this.#supply()
  }

  #supply(): void {
    const token = this.token()
    if (this.#isProven && !this.#isSinkBehind && token) this.give(token)
  }
}
