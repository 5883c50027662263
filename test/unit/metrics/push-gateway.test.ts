import { describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { RejectedError, UnavailableError } from '../../../src/core/errors.ts'
import type { HttpReply, HttpRequest } from '../../../src/http/http-client.ts'
import { PushGateway } from '../../../src/metrics/push-gateway.ts'

const text = { contentType: 'text/plain; version=0.0.4', body: 'a 1\n' }
const limits = { timeout: Duration.ofSeconds(5) }

function gatewayAt(address: string, key: Readonly<Record<string, string>> = {}, status = 200, said = '') {
  const sent: HttpRequest[] = []
  const http = {
    send(request: HttpRequest): Promise<HttpReply> {
      sent.push(request)
      return Promise.resolve({ status, headers: new Map(), text: said, elapsed: Duration.zero })
    },
  }
  return { gateway: new PushGateway(http, new URL(address), { job: 'certctl', ...key }), sent }
}

describe('a push', () => {
  it.each([
    ['http://gw:9091', {}, 'metrics/job/certctl'],
    ['http://gw:9091/', { command: 'vault keep-alive' }, 'metrics/job/certctl/command/vault%20keep-alive'],
    ['http://gw/push/', { profile: 'a/b' }, 'push/metrics/job/certctl/profile@base64/YS9i'],
    ['http://gw', { profile: '' }, 'metrics/job/certctl/profile@base64/='],
    ['http://gw/metrics/job/ci/stage/1/', { command: 'issue' }, 'metrics/job/ci/stage/1'],
    ['http://gw/metrics/job@base64/Y2k', {}, 'metrics/job@base64/Y2k'],
    ['http://gw/metrics/job', {}, 'metrics/job/metrics/job/certctl'],
  ])('to %s of the group %j goes to %s', async (address, key, path) => {
    const { gateway, sent } = gatewayAt(address, key)
    await gateway.push(text, limits)
    expect(sent.map((one) => one.path)).toEqual([path])
  })

  it('adds, sends the text as it is and nothing else, and is sent once', async () => {
    const { gateway, sent } = gatewayAt('http://gw')
    await gateway.push(text, limits)
    expect(sent).toMatchObject([
      {
        method: 'POST',
        text: { type: text.contentType, content: text.body },
        repeat: 'never',
        timeout: limits.timeout,
      },
    ])
    expect(sent[0]?.headers).toBeUndefined()
  })

  it.each([
    [400, RejectedError],
    [401, RejectedError],
    [404, RejectedError],
    [429, UnavailableError],
    [503, UnavailableError],
  ])('that is answered with %i fails, with what the gateway said', async (status, kind) => {
    const { gateway } = gatewayAt('http://gw/secret-path', {}, status, 'inconsistent metrics\nat line 3')
    const pushing = gateway.push(text, limits)
    await expect(pushing).rejects.toThrow(kind)
    await expect(pushing).rejects.toThrow(
      `the push gateway http://gw answers with status ${status}: inconsistent metrics`,
    )
  })
})
