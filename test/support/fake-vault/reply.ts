import { randomUUID } from 'node:crypto'

/** What the listener writes. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Thrown by endpoints; becomes `{"errors":[...]}`. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    ...errors: readonly string[]
  ) {
    super(errors.join('; '))
    this.errors = errors
  }

  readonly errors: readonly string[]
}

/** Go's multierror, which Vault wraps some of its errors in. */
export function multierror(...errors: readonly string[]): string {
  const count = errors.length === 1 ? '1 error occurred:' : `${errors.length} errors occurred:`
  return `${count}\n${errors.map((error) => `\t* ${error}\n`).join('')}\n`
}

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly auth?: Readonly<Record<string, unknown>> | null
  readonly warnings?: readonly string[]
  readonly lease?: { readonly id: string; readonly seconds: number }
  /** `sys/` endpoints show their data a second time, beside the envelope. */
  readonly isRepeatedAtTop?: boolean
}

/** The envelope around every answer of an engine. */
export function envelope(answer: Answer, mountType: string): Reply {
  const warnings = answer.warnings ?? []
  return json(200, {
    ...(answer.isRepeatedAtTop ? answer.data : {}),
    request_id: randomUUID(),
    lease_id: answer.lease?.id ?? '',
    renewable: false,
    lease_duration: answer.lease?.seconds ?? 0,
    data: answer.data ?? null,
    wrap_info: null,
    warnings: warnings.length > 0 ? warnings : null,
    auth: answer.auth ?? null,
    mount_type: mountType,
  })
}

export function json(status: number, body: unknown): Reply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: `${JSON.stringify(body)}\n` }
}

export function refusal(status: number, errors: readonly string[]): Reply {
  return json(status, { errors })
}

export function noContent(contentType = 'application/json'): Reply {
  return { status: 204, headers: { 'Content-Type': contentType }, body: '' }
}

/** Bytes as they are, such as a PEM chain. */
export function raw(contentType: string, body: string | Uint8Array): Reply {
  return { status: 200, headers: { 'Content-Type': contentType }, body }
}

export function isReply(answer: Answer | Reply): answer is Reply {
  return 'status' in answer
}
