import * as z from 'zod/mini'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../../src/core/errors.ts'
import { Duration } from '../../../../src/core/duration.ts'
import { Secret } from '../../../../src/core/secret.ts'
import type { VaultCall } from '../../../../src/connectors/vault/vault-client.ts'
import { errorOf, ScriptedVault, server, token, type Answer } from './renewal/scripted-vault.ts'

const call: VaultCall = { method: 'GET', path: 'pki/cert/ca', purpose: 'other', repeat: 'safe' }
const anything = z.object({
  warnings: z.optional(z.nullable(z.array(z.string()))),
  data: z.object({ text: z.string(), count: z.optional(z.number()) }),
})

async function refusalOf(answer: Answer, purpose: VaultCall['purpose'] = 'certificate') {
  return errorOf(new ScriptedVault(answer).client().call({ ...call, purpose, object: 'role "web"' }, anything))
}

describe('a call', () => {
  it('goes below v1 with the token and the header that proxies demand', async () => {
    const vault = new ScriptedVault({ body: { data: { text: 'x' } } })
    const signal = new AbortController().signal
    await vault.client().call({ ...call, body: { a: 1 }, timeout: Duration.ofSeconds(3), signal }, anything)
    expect(vault.requests).toEqual([
      {
        method: 'GET',
        path: 'v1/pki/cert/ca',
        headers: { 'x-vault-request': 'true', 'x-vault-token': token },
        body: { a: 1 },
        repeat: 'safe',
        timeout: Duration.ofSeconds(3),
        signal,
        isFinal: expect.any(Function) as unknown,
      },
    ])
  })

  it('names the namespace, but where the server refuses one', async () => {
    const vault = new ScriptedVault({ body: { data: { text: 'x' } } })
    const client = vault.client({ namespace: 'team/a' })
    await client.call(call, anything)
    await client.call({ ...call, withoutNamespace: true }, anything)
    expect(vault.requests.map(({ headers }) => headers?.['x-vault-namespace'])).toEqual(['team/a', undefined])
  })

  it('sends no token where none is needed', async () => {
    const vault = new ScriptedVault({ body: { data: { text: 'x' } } })
    await vault.client().call({ ...call, unauthenticated: true }, anything)
    expect(vault.requests[0]?.headers).toEqual({ 'x-vault-request': 'true' })
  })

  it('goes by the new connection once it is told to', async () => {
    const vault = new ScriptedVault({ body: { data: { text: 'x' } } })
    const client = vault.client()
    client.use(vault.connection({ token: new Secret('hvs.second'), server: 'https://other' }))
    await client.call(call, anything)
    expect(vault.requests[0]?.headers?.['x-vault-token']).toBe('hvs.second')
    expect(client.server).toBe('https://other')
    expect(client.holds(new Secret('hvs.second'))).toBe(true)
    expect(client.holds(new Secret(token))).toBe(false)
  })

  it('tells the HTTP client which 5xx no repetition mends', async () => {
    const vault = new ScriptedVault({ body: { data: { text: 'x' } } })
    await vault.client().call(call, anything)
    const isFinal = (body: string) =>
      vault.requests[0]?.isFinal?.({ status: 500, text: body, headers: new Map(), elapsed: Duration.zero })
    expect(isFinal('{"errors":["past the max TTL, cannot renew"]}')).toBe(true)
    expect(isFinal('{"errors":["internal error"]}')).toBe(false)
    expect(isFinal('{"errors":null}')).toBe(false)
    expect(isFinal('past the max TTL, cannot renew')).toBe(false)
  })

  it("passes on what the HTTP client throws, an abort's own reason too", async () => {
    const refused = new ProtocolError('a redirect is refused')
    await expect(new ScriptedVault(refused).client().call(call, anything)).rejects.toBe(refused)
    const reason = new Error('stopped')
    const stopped = new ScriptedVault({}).client().call({ ...call, signal: AbortSignal.abort(reason) }, anything)
    await expect(stopped).rejects.toBe(reason)
  })
})

describe('a 2xx of the wrong shape', () => {
  const secret = 'MIIEvQIBADANBgkq-private'
  it.each<[string, Answer]>([
    ['204 without a body', { status: 204 }],
    ['200 without a body', { status: 200 }],
    ['HTML', { body: `<html>${secret}</html>` }],
    ['half a body', { body: `{"data":{"text":"${secret}` }],
    ['an empty object', { body: {} }],
    ['null', { body: 'null' }],
    ['an array', { body: [{ data: { text: secret } }] }],
    ['a text', { body: `"${secret}"` }],
    ['a number', { body: '1e400' }],
    ['null data', { body: { data: null, private: secret } }],
    ['a number where a text belongs', { body: { data: { text: 12345678, other: secret } } }],
    ['a text where a number belongs', { body: { data: { text: 'x', count: secret } } }],
    ['a number beyond all numbers', { body: `{"data":{"text":"x","count":1e999,"other":"${secret}"}}` }],
    ['warnings that are a text', { body: { warnings: secret, data: { text: 'x' } } }],
    ['warnings that are numbers', { body: { warnings: [1], data: { text: secret } } }],
    ['errors beside success', { status: 202, body: { errors: [secret] } }],
  ])('%s: an error with the status and nothing of the body', async (_, answer) => {
    const error = await refusalOf(answer)
    expect(error.constructor).toBe(ProtocolError)
    const status = answer.status ?? 200
    expect(error).toMatchObject({ code: 'unreadable-reply', exitCode: 6, facts: { status } })
    expect(error.message).toContain(`${server} answers ${status} to pki/cert/ca `)
    expect(error.hint).toContain('--address')
    expect(JSON.stringify(error.toJSON())).not.toMatch(/private|12345678|html|undefined/)
  })

  it('names the places that are not as expected, three at most', async () => {
    const schema = z.object({ a: z.string(), b: z.string(), c: z.object({ d: z.string() }), e: z.string() })
    const error = await errorOf(new ScriptedVault({ body: { c: {} } }).client().call(call, schema))
    expect(error.message).toBe(`${server} answers 200 to pki/cert/ca in an unknown form: a, b, c.d not as expected`)
  })

  it('to a renewal says that nothing was renewed, and what to do', async () => {
    const error = await refusalOf({ status: 204 }, 'token-renewal')
    expect(error.message).toBe(`${server} answers 204 to pki/cert/ca without a body`)
    expect(error.hint).toMatch(/^nothing was renewed: log in again/)
  })
})

describe('a refusal', () => {
  it.each<[string, Answer, string, number]>([
    ["Vault's texts", { status: 400, body: { errors: ['a', 'b'] } }, 'role "web" refuses the request: a; b', 4],
    ['texts beside data', { status: 400, body: { errors: ['a'], data: { key: 'private' }, warnings: 7 } }, 'a', 4],
    ['no texts', { status: 400, body: { errors: [] } }, 'status 400', 4],
    ['null for texts', { status: 500, body: { errors: null } }, 'answers 500: without a reason', 5],
    ['an empty object', { status: 403, body: {} }, 'permission denied', 4],
    ['numbers for texts', { status: 400, body: { errors: [1, { private: 1 }] } }, 'status 400', 4],
    ['some texts', { status: 400, body: { errors: [1, 'a', null] } }, 'refuses the request: a', 4],
    ['a text for a list', { status: 400, body: { errors: 'private' } }, 'answers 400 without a reason', 6],
    ['an array', { status: 502, body: ['private'] }, 'answers 502 without a reason', 5],
    ['a JSON text', { status: 403, body: '"private"' }, 'answers 403 without a reason', 6],
    ['JSON null', { status: 500, body: 'null' }, 'answers 500 without a reason', 5],
    ['no body', { status: 502, body: '' }, 'answers 502 without a reason', 5],
    ['HTML', { status: 403, body: '<h1>\r\n  no\t way</h1>\n' }, "something that is not Vault's: <h1> no way</h1>", 6],
    ['half of JSON', { status: 500, body: '{"errors":["inter' }, 'that is not Vault\'s: {"errors":["inter', 5],
  ])('with %s', async (_, answer, message, exitCode) => {
    const error = await refusalOf(answer)
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ exitCode, facts: { status: answer.status } })
    expect(JSON.stringify(error.toJSON())).not.toMatch(/private|undefined/)
    expect(error.hint).toBeDefined()
  })

  it('that is no JSON shows 120 characters at most', async () => {
    const error = await refusalOf({ status: 502, body: `<html>${'x'.repeat(5000)}` })
    expect(error.message.replace(/^.*not Vault's: /, '')).toBe(`<html>${'x'.repeat(114)}`)
  })

  it.each([400, 403, 404, 429, 500, 503])('with %i has the token blanked that it echoes', async (status) => {
    for (const body of [{ errors: [`denied: ${token}`] }, `<p>${token}</p>`]) {
      const error = await refusalOf({ status, body })
      expect(error.message).toContain('[redacted]')
      expect(JSON.stringify(error.toJSON())).not.toContain('planted')
    }
  })

  it('shows no part of a token that the 120 characters would cut', async () => {
    const error = await refusalOf({ status: 502, body: `${'x'.repeat(110)} ${token}` })
    expect(error.message).toMatch(/x \[redacted$/)
  })

  it('has control characters escaped, in JSON and out of it', async () => {
    for (const body of [{ errors: ['a\u001b[2Jb\u202e'] }, 'a\u001b[2Jb\u202e']) {
      expect((await refusalOf({ status: 400, body })).message).toContain(String.raw`a\u{1b}[2Jb\u{202e}`)
    }
  })

  it('carries Retry-After, in seconds or as a date', async () => {
    for (const value of ['7', 'Sun, 01 Mar 2026 12:00:07 GMT']) {
      const error = await refusalOf({ status: 503, headers: { 'retry-after': value }, body: { errors: [] } })
      expect(error).toMatchObject({ retryAfter: Duration.ofSeconds(7) })
    }
  })
})

describe('a good reply', () => {
  it('has warnings printable, each once, and no token in any text', async () => {
    const body = { warnings: ['a', `b ${token}\n`, 'a'], data: { text: `for ${token}`, count: 3 } }
    const reply = await new ScriptedVault({ body }).client().call(call, anything)
    expect(reply).toEqual({ warnings: ['a', String.raw`b [redacted]\n`], data: { text: 'for [redacted]', count: 3 } })
  })

  it('keeps its lists and nulls', async () => {
    const schema = z.object({ data: z.object({ list: z.array(z.nullable(z.string())), none: z.null() }) })
    const body = { data: { list: ['a', null, token], none: null } }
    const reply = await new ScriptedVault({ body }).client().call(call, schema)
    expect(reply).toEqual({ data: { list: ['a', null, '[redacted]'], none: null } })
  })

  it("leaves words alone that a dev server's short token is one of", async () => {
    const vault = new ScriptedVault({ body: { warnings: ['root of all'], data: { text: 'root' } } })
    const reply = await vault.client({ token: new Secret('root') }).call(call, anything)
    expect(reply).toEqual({ warnings: ['[redacted] of all'], data: { text: 'root' } })
  })

  it.each([
    ['s.fifteen-chars', 's.fifteen-chars'],
    ['s.sixteen-chars-', '[redacted]'],
  ])('takes %s for a secret, or a word, by its length', async (short, shown) => {
    const vault = new ScriptedVault({ body: { data: { text: short } } })
    const reply = await vault.client({ token: new Secret(short) }).call(call, anything)
    expect(reply).toEqual({ data: { text: shown } })
  })
})

describe('the clock warning', () => {
  async function warningFor(date: string | undefined, elapsed = Duration.zero): Promise<string | undefined> {
    const headers = date === undefined ? {} : { date }
    const client = new ScriptedVault({ body: { data: { text: 'x' } }, headers, elapsed }).client()
    expect(client.clockWarning).toBeUndefined()
    await client.call(call, anything)
    return client.clockWarning
  }

  it.each([
    ['Sun, 01 Mar 2026 11:00:00 GMT', "this host's clock is 1h ahead of that of https://vault.corp:8200"],
    ['Sun, 01 Mar 2026 12:01:01 GMT', "this host's clock is 1m 1s behind that of https://vault.corp:8200"],
    ['Sun, 01 Mar 2026 12:01:00 GMT', "this host's clock is 1m behind"],
  ])('comes when the server says %s', async (date, text) => {
    expect(await warningFor(date)).toContain(text)
  })

  it.each([
    [undefined],
    ['Sun, 01 Mar 2026 12:00:59 GMT'],
    ['Sun, 01 Mar 2026 11:59:01 GMT'],
    ['0'],
    ['yesterday'],
    [''],
  ])('does not come when the server says %s', async (date) => {
    expect(await warningFor(date)).toBeUndefined()
  })

  it('takes half of the round trip for the way', async () => {
    expect(await warningFor('Sun, 01 Mar 2026 11:58:20 GMT', Duration.ofSeconds(200))).toBeUndefined()
  })

  it('comes with a refusal too', async () => {
    const headers = { date: 'Sun, 01 Mar 2026 10:00:00 GMT' }
    const client = new ScriptedVault({ status: 403, body: { errors: [] }, headers }).client()
    await errorOf(client.call(call, anything))
    expect(client.clockWarning).toContain('2h ahead')
  })
})
