import { describe, expect } from 'vitest'
import * as faults from '../support/faults.ts'
import { makeCsr } from '../support/test-csr.ts'
import { containing } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const status = ['vault', 'token-status', '--max-retries', '0']
const issue = ['issue', 'a.contract.test', '--max-retries', '0']
const lookup = 'auth/token/lookup-self'
const sign = 'pki/sign/any'

type Document = Record<string, unknown> & { data: Record<string, unknown> }

/** The true answer with some of its `data` replaced. */
function withData(changes: Record<string, unknown>): faults.Fault {
  return faults.rewrite((document) => ({ ...document, data: { ...(document as Document).data, ...changes } }))
}

const senseless: readonly (readonly [string, faults.Fault, RegExp])[] = [
  ['a page', faults.html(200, 'Welcome'), /200.*not JSON/],
  ['nothing', faults.noContent(), /204.*without a body/],
  ['bytes that are no text', faults.garbage(), /200.*not JSON/],
  ['an empty object', faults.rewrite(() => ({})), /unknown form: data/],
  ['a list', faults.rewrite(() => []), /unknown form/],
  ['null', faults.rewrite(() => null), /unknown form/],
  ['null as data', faults.rewrite((document) => ({ ...document, data: null })), /unknown form: data/],
  ['more than it should', faults.flood(32), /larger than 4 MiB/],
  ['a small body that unpacks to 32 MiB', faults.gzipBomb(32), /larger than 4 MiB/],
]

describe.concurrent('a reply that makes no sense is 6', () => {
  test.for(senseless)('to a look-up: %s', async ([, fault, message], { scene }) => {
    scene.vault.faults.on(lookup, fault)
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 6 })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(scene.vault.address)
  })

  test.for(senseless.filter((_, index) => index % 2 === 0))(
    'to a request for a certificate: %s',
    async ([, fault, message], { scene }) => {
      scene.vault.faults.on(sign, fault)
      const error = await refusal(scene, issue)
      expect(error).toMatchObject({ exitCode: 6 })
      expect(error.message).toMatch(message)
      expect(scene.vault.requestsTo(sign)).toHaveLength(1)
    },
  )

  test.for([
    ['ttl', 'soon'],
    ['renewable', 'yes'],
    ['expire_time', 12],
    ['policies', 'default'],
    ['display_name', null],
    ['orphan', 1],
  ] as const)('a look-up whose %s is %j', async ([field, value], { scene }) => {
    scene.vault.faults.on(lookup, withData({ [field]: value }))
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 6, code: 'unreadable-reply' })
    expect(error.message).toContain(`data.${field}`)
  })

  test.for([
    ['certificate', 17],
    ['certificate', 'no certificate'],
    ['ca_chain', 'text'],
    ['issuing_ca', false],
  ] as const)('a certificate whose %s is %j', async ([field, value], { scene }) => {
    scene.vault.faults.on(sign, withData({ [field]: value }))
    expect(await refusal(scene, issue)).toMatchObject({ exitCode: 6 })
  })

  test('a certificate for another key, and it is told by its serial', async ({ scene }) => {
    const other = await scene.vault.request(
      'POST',
      sign,
      { csr: await makeCsr(), common_name: 'a.contract.test' },
      scene.vault.rootToken,
    )
    scene.vault.faults.on(sign, withData({ certificate: other.json?.data?.certificate }))
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 6, code: 'wrong-key' })
    expect(error.message).toContain(String(other.json?.data?.serial_number))
  })

  test('a path that Vault does not have', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.status(404))
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 6, code: 'not-vault' })
    expect(error.message).toContain('no Vault')
  })
})

describe.concurrent('what is not shown of a reply', () => {
  test('a key in half a reply', async ({ scene }) => {
    const planted = 'planted-secret-of-the-reply'
    scene.vault.faults.on('pki/issue/ec', withData({ certificate: 1, private_key: planted }))
    const error = await refusal(scene, ['issue', 'a.contract.test', '--role', 'ec', '--server-key'])
    expect(error).toMatchObject({ exitCode: 6 })
    expect(JSON.stringify(error)).not.toContain(planted)
  })

  test('a key in a reply that is cut', async ({ scene }) => {
    scene.vault.faults.on('pki/issue/ec', faults.cut())
    const error = await refusal(scene, [
      'issue',
      'a.contract.test',
      '--role',
      'ec',
      '--server-key',
      '--max-retries',
      '0',
    ])
    expect(error).toMatchObject({ exitCode: 5, code: 'reply-cut' })
    expect(JSON.stringify(error)).not.toMatch(/PRIVATE|MHcCAQ|MIG/)
  })

  test('more than 120 characters of a page', async ({ scene }) => {
    scene.vault.faults.on(sign, faults.html(403, `denied ${'x'.repeat(500)}`))
    const error = await refusal(scene, issue)
    expect(error.message).toContain('denied')
    expect(error.message.length).toBeLessThan(250)
  })

  test('a body of JSON that is not an error of Vault', async ({ scene }) => {
    const planted = JSON.stringify({ token: 'planted-in-a-body' })
    scene.vault.faults.on(sign, faults.reply(400, { 'Content-Type': 'application/json' }, planted))
    expect(JSON.stringify(await refusal(scene, issue))).not.toContain('planted-in-a-body')
  })

  test('the token that the server repeats', async ({ scene }) => {
    scene.vault.faults.on(sign, faults.echoToken(400))
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 4 })
    expect(error.message).toContain('token [redacted] is bad')
  })

  test('control characters, not even as JSON', async ({ scene }) => {
    scene.vault.faults.on(sign, faults.controlCharacters())
    const error = await refusal(scene, issue)
    expect(error.message).toContain(String.raw`red \u{1b}[31malert`)
    const run = await scene.run(issue)
    expect(run.stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u)
    expect(run.stderr.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(2)
  })
})

describe.concurrent('a server in trouble is 5', () => {
  test('sealed', async ({ scene }) => {
    await scene.vault.seal()
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 5, code: 'sealed', message: `${scene.vault.address} is sealed` })
    expect(error.hint).toContain('vault operator unseal')
  })

  test('not initialized', async ({ scene }) => {
    const vault = await scene.startVault({ state: 'uninitialized' })
    const error = await refusal(scene, [...status, '--address', vault.address])
    expect(error).toMatchObject({ exitCode: 5 })
    expect(error.hint).toContain('initialized')
  })

  test('throttled', async ({ scene }) => {
    scene.vault.faults.on(sign, faults.throttled())
    const error = await refusal(scene, issue)
    expect(error).toMatchObject({ exitCode: 5, code: 'throttled' })
    expect(error.message).toContain('rate limit quota exceeded')
  })

  test('behind a proxy that cannot reach it', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.html(502))
    const error = await refusal(scene, status)
    expect(error).toMatchObject({ exitCode: 5, status: 502 })
    expect(error.message).toContain('Bad Gateway')
  })

  test('with an answer that is cut', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.cut())
    expect(await refusal(scene, status)).toMatchObject({ exitCode: 5, code: 'reply-cut' })
  })

  test('with an answer shorter than it says', async ({ scene }) => {
    scene.vault.faults.on(lookup, faults.wrongLength(10))
    expect(await refusal(scene, status)).toMatchObject({ exitCode: 5, code: 'reply-cut' })
  })
})

describe.concurrent('a clock that is wrong', () => {
  const hours = 3600 * 1000

  async function skewed(scene: Scene, offset: number) {
    scene.vault.faults.on(/./, async ({ answer, send }) => {
      const { headers, ...rest } = await answer()
      send({ ...rest, headers: { ...headers, Date: new Date(Date.now() + offset).toUTCString() } })
    })
    return scene.run([...issue, '--json'])
  }

  test('behind that of the server is warned of', async ({ scene }) => {
    const run = await skewed(scene, 2 * hours)
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/^warning: this host's clock is (?:2h|1h 59m) behind that of http/)
    expect(run.json().warnings).toEqual([containing("this host's clock is")])
  })

  test('ahead of that of the server is warned of', async ({ scene }) => {
    expect((await skewed(scene, -3 * hours)).stderr).toMatch(
      /^warning: this host's clock is (?:3h|2h 59m) ahead of that of http/,
    )
  })

  test('by a few seconds is not worth a word', async ({ scene }) => {
    expect((await skewed(scene, 20_000)).stderr).toBe('')
  })

  test('that the certificate is not valid by is warned of', async ({ scene }) => {
    const vault = await scene.startVault({ now: () => new Date(Date.now() + 2 * hours) })
    const { token } = await vault.createToken()
    const run = await scene.run(issue, { env: { VAULT_ADDR: vault.address, VAULT_TOKEN: token } })
    expect(run.code).toBe(0)
    expect(run.stderr).toMatch(/warning: by this host's clock the certificate is not valid yet/)
  })
})
