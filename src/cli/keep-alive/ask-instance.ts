import { pathToFileURL } from 'node:url'
import * as z from 'zod/mini'
import type { Settings } from '../../config/settings.ts'
import { systemClock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { ProtocolError, UnavailableError, UsageError, errorMessage } from '../../core/errors.ts'
import { assertOwnSocket } from '../../files/private-socket.ts'
import { createHttpClient } from '../../http/fetch-client.ts'
import { ConnectionError } from '../../http/http-client.ts'
import { statusSocketPath } from './status-socket.ts'

const time = z.nullable(z.iso.datetime())

const instanceStatus = z.object({
  ok: z.boolean(),
  tokens: z.number(),
  notReady: z.number(),
  failing: z.number(),
  nextExpiryAt: time,
  loops: z.number(),
  stuck: z.array(z.string()),
  version: z.string(),
  pid: z.number(),
  startedAt: z.iso.datetime(),
  issuers: z.array(
    z.object({
      issuer: z.string(),
      ready: z.boolean(),
      reason: z.nullable(z.string()),
      state: z.string(),
      expiresAt: time,
      nextRenewalAt: time,
      endsAt: time,
      failures: z.number(),
      lastError: z.nullable(z.object({ code: z.string(), message: z.string() })),
    }),
  ),
})

export type InstanceStatus = z.infer<typeof instanceStatus>

/** What the running keep-alive of the profile says. Throws UnavailableError when none runs or it does not answer. */
export async function askInstance(all: readonly Settings[], signal: AbortSignal): Promise<InstanceStatus> {
  const [settings, ...others] = all
  if (!settings || others.length > 0) throw new UsageError('--status asks about one profile', { hint: 'ask for each' })
  const profile = settings.profile?.name
  const path = statusSocketPath(profile)
  assertOwnSocket(path)
  try {
    return parseStatus(await fetchStatus(path, signal), path)
  } catch (error) {
    throw error instanceof ConnectionError ? unanswered(error, path, profile) : error
  }
}

async function fetchStatus(path: string, signal: AbortSignal): Promise<string> {
  const http = createHttpClient(
    {
      address: new URL(`unix://${pathToFileURL(path).pathname}`),
      tls: { skipVerify: false },
      timeout: Duration.ofSeconds(5),
      maxRetries: 0,
      allowedRedirectHosts: [],
    },
    systemClock,
  )
  const { text } = await http.send({ method: 'GET', path: 'status', repeat: 'never', signal })
  return text
}

function parseStatus(text: string, path: string): InstanceStatus {
  try {
    return z.parse(instanceStatus, JSON.parse(text))
  } catch (cause) {
    const hint = 'restart it when it is of another version of certctl'
    throw new ProtocolError(`the answer of the keep-alive at ${path} makes no sense`, { cause, hint })
  }
}

function unanswered(error: ConnectionError, path: string, profile: string | undefined): UnavailableError {
  const facts = { socket: path }
  const whose = profile === undefined ? '' : ` for the profile ${profile}`
  if (error.code === 'connection-refused') {
    const hint = `start it with: certctl vault keep-alive${profile === undefined ? '' : ` --profile ${profile}`}; it answers its own user, by the same XDG_RUNTIME_DIR or CERTCTL_STATE_DIR`
    return new UnavailableError(`no keep-alive runs${whose}: nobody listens at ${path}`, {
      code: 'not-running',
      hint,
      facts,
    })
  }
  const hint = 'see what it does in its log; a healthy one answers at once'
  const message = `the keep-alive${whose} does not answer: ${errorMessage(error)}`
  return new UnavailableError(message, { code: error.code, hint, facts, cause: error })
}
