import { inspect } from 'node:util'

/** A token, a password or a private key: printed, serialised or inspected, it shows only that it is there. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The bare value, for the one place that sends or writes it. */
  reveal(): string {
    return this.#value
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value
  }

  /** The text with every occurrence of the secret blanked: servers and proxies echo what they were sent. */
  redactFrom(text: string): string {
    return this.#value === '' ? text : text.replaceAll(this.#value, '[redacted]')
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}
