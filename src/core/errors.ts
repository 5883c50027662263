import type { Duration } from './duration.ts'
import { printable } from './printable.ts'

/** The exit codes that errors carry; `SURFACE` is the contract. 0, 8 and 130/143 are not errors. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 9

type Fact = string | number | boolean | null | readonly string[]

export interface ErrorDetails {
  /** Stable and machine-readable, in kebab case; the class has a default. */
  readonly code?: string
  /** Something to type or to check; never repeats the message. */
  readonly hint?: string | undefined
  readonly cause?: unknown
  /** What `--json` shows beside code and message: plain facts, never a request, response, header or secret. */
  readonly facts?: Readonly<Record<string, Fact>>
}

/** The base of every expected failure. Its message is one printable line without a full stop. */
export abstract class CertctlError extends Error {
  abstract readonly exitCode: ExitCode
  readonly code: string
  readonly hint: string | undefined
  readonly facts: Readonly<Record<string, Fact>>

  constructor(message: string, defaultCode: string, details: ErrorDetails = {}) {
    super(printable(message), details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = details.code ?? defaultCode
    this.hint = details.hint === undefined ? undefined : printable(details.hint)
    this.facts = details.facts ?? {}
  }

  toJSON(): Record<string, unknown> {
    const hint = this.hint === undefined ? {} : { hint: this.hint }
    return { code: this.code, message: this.message, ...hint, exitCode: this.exitCode, ...this.facts }
  }
}

/** A flag or an argument is wrong. */
export class UsageError extends CertctlError {
  readonly exitCode = 2
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'usage', details)
  }
}

/** A setting is missing or invalid; the message says where it came from. */
export class ConfigError extends CertctlError {
  readonly exitCode = 3
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'config', details)
  }
}

/** The token is denied, dead or not renewable. */
export class AuthError extends CertctlError {
  readonly exitCode = 4
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'auth', details)
  }
}

/** The issuer refuses the request: asking again changes nothing. */
export class RejectedError extends CertctlError {
  readonly exitCode = 4
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'rejected', details)
  }
}

/** Unreachable, no secure connection, sealed, throttled, 5xx after retries: try later. */
export class UnavailableError extends CertctlError {
  readonly exitCode = 5
  /** How long the server asked to be left alone. */
  readonly retryAfter: Duration | undefined
  constructor(message: string, details?: ErrorDetails & { readonly retryAfter?: Duration | undefined }) {
    super(message, 'unavailable', details)
    this.retryAfter = details?.retryAfter
  }
}

/** A reply that makes no sense, or a redirect that is not followed. */
export class ProtocolError extends CertctlError {
  readonly exitCode = 6
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'protocol', details)
  }
}

/** Something that this kind of issuer cannot do. */
export class UnsupportedError extends CertctlError {
  readonly exitCode = 6
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'unsupported', details)
  }
}

/** A file exists, is locked, unreadable or broken, the disk is full, key and certificate differ. */
export class FileError extends CertctlError {
  readonly exitCode = 7
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'file', details)
  }
}

/** A certificate is published, but not in use. */
export class DeploymentError extends CertctlError {
  readonly exitCode = 9
  constructor(message: string, details?: ErrorDetails) {
    super(message, 'not-deployed', details)
  }
}

/** The text of anything that was thrown, on one printable line. */
export function errorMessage(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error))
}

/** The `code` of a Node system error such as ENOENT, if it has one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
