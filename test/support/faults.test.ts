import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type VaultReply, askVault } from './ask-vault.ts'
import { type FakeVault, startFakeVault } from './fake-vault.ts'
import * as faults from './faults.ts'

let vault: FakeVault

beforeAll(async () => {
  vault = await startFakeVault()
})

afterEach(() => {
  vault.faults.clear()
})

afterAll(async () => {
  await vault.stop()
})

const lookup = 'auth/token/lookup-self'

function look(token = vault.rootToken): Promise<VaultReply> {
  return vault.request('GET', lookup, undefined, token)
}

async function lookInto(fault: faults.Fault): Promise<VaultReply> {
  vault.faults.next(fault)
  return look()
}

describe('the plan of faults', () => {
  test('takes the next ones in order, and then all is well', async () => {
    vault.faults.next(faults.status(500, 'one'), undefined, faults.status(502, 'two'))
    const statuses = [await look(), await look(), await look(), await look()].map(({ status }) => status)
    expect(statuses).toEqual([500, 200, 502, 200])
  })

  test('spoils one path and leaves the others alone', async () => {
    vault.faults.on(lookup, faults.status(500, 'no'), 2)
    expect((await vault.request('GET', 'sys/health')).status).toBe(200)
    expect([await look(), await look(), await look()].map(({ status }) => status)).toEqual([500, 500, 200])
  })

  test('spoils all that fits a pattern until it is cleared', async () => {
    vault.faults.on(/^auth\//, faults.noContent())
    expect([(await look()).status, (await look()).status]).toEqual([204, 204])
    vault.faults.clear()
    expect((await look()).status).toBe(200)
  })
})

describe('a fault', () => {
  test('throttles, with or without the time to wait', async () => {
    const text = `request path "${lookup}": rate limit quota exceeded`
    expect(await lookInto(faults.throttled('3'))).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3' },
      json: { errors: [text] },
    })
    expect((await lookInto(faults.throttled())).headers).not.toHaveProperty('retry-after')
  })

  test('answers as a proxy would', async () => {
    expect(await lookInto(faults.html(502))).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } })
    expect(await lookInto(faults.redirect('http://elsewhere.test/v1/x'))).toMatchObject({
      status: 307,
      headers: { location: 'http://elsewhere.test/v1/x' },
    })
  })

  test('comes late', async () => {
    const start = performance.now()
    expect((await lookInto(faults.delay(80))).status).toBe(200)
    expect(performance.now() - start).toBeGreaterThan(70)
    expect((await lookInto(faults.delay(1, faults.status(503, 'x')))).status).toBe(503)
  })

  test('resets the connection before anything is done', async () => {
    const { token } = await vault.createToken({ numUses: 2 })
    vault.faults.next(faults.reset())
    await expect(look(token)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(vault.token(token)?.usesLeft).toBe(2)
  })

  test('loses the answer after the work is done', async () => {
    const { token } = await vault.createToken({ numUses: 2 })
    vault.faults.next(faults.answerLost())
    await expect(look(token)).rejects.toThrow()
    expect(vault.token(token)?.usesLeft).toBe(1)
  })

  test('cuts the answer in its middle, or announces more than it sends', async () => {
    await expect(lookInto(faults.cut())).rejects.toThrow('aborted')
    await expect(lookInto(faults.wrongLength(10))).rejects.toThrow('aborted')
    expect((await lookInto(faults.wrongLength(-10))).json).toBeUndefined()
  })

  test('sends what is no text, or far too much of it', async () => {
    expect((await lookInto(faults.garbage(100))).json).toBeUndefined()
    expect((await lookInto(faults.flood(2))).text).toHaveLength(2 * 1024 * 1024)
  })

  test('sends a little that unpacks to a lot', async () => {
    vault.faults.next(faults.gzipBomb(4))
    const response = await fetch(`${vault.address}/v1/${lookup}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect((await response.arrayBuffer()).byteLength).toBe(4 * 1024 * 1024)
  })

  test('changes the true answer', async () => {
    const change = faults.rewrite((document) => ({ ...document, data: 7 }))
    expect(await lookInto(change)).toMatchObject({ status: 200, json: { data: 7, mount_type: 'token' } })
  })

  test('repeats the token, or what no terminal should see', async () => {
    expect((await lookInto(faults.echoToken())).json?.errors?.[0]).toContain(vault.rootToken)
    expect((await lookInto(faults.controlCharacters())).json?.errors?.[0]).toMatch(/\u001b.*\r\n/)
  })

  test('never answers', async () => {
    vault.faults.next(faults.silence())
    const abort = AbortSignal.timeout(50)
    const question = { method: 'GET', path: `/v1/${lookup}`, tls: {} }
    const waiting = askVault(vault.address, question).then(() => 'answered')
    waiting.catch(() => undefined)
    await new Promise((resolve) => abort.addEventListener('abort', resolve))
    expect(await Promise.race([waiting, Promise.resolve('waiting')])).toBe('waiting')
  })
})
