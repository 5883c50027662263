import { Agent } from 'node:http'
import { expect, test } from 'vitest'
import type { Route } from '../../../src/http/agents.ts'
import { exchange } from '../../../src/http/exchange.ts'

test('a message with a body and an aborted signal is not sent, and ends nothing but itself', async () => {
  const reason = new Error('stopped')
  const message = { method: 'POST', headers: {}, body: '{}' }
  const route: Route = { agent: new Agent() as unknown as Route['agent'] }
  const sent = exchange(message, new URL('http://127.0.0.1:9'), 'the server', route, {
    signal: AbortSignal.abort(reason),
  })
  await expect(sent).rejects.toBe(reason)
})
