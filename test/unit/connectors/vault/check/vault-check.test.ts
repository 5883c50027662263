import { beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../../../src/core/duration.ts'
import { UnavailableError } from '../../../../../src/core/errors.ts'
import type { CertificateRequest, Finding } from '../../../../../src/connectors/connector.ts'
import { VaultConnector } from '../../../../../src/connectors/vault/vault-connector.ts'
import { parseSan } from '../../../../../src/pki/names.ts'
import { IssuingCa } from '../../../../support/issuing-ca.ts'
import { errorOf, lookupData, ScriptedVault, type Answer } from '../renewal/scripted-vault.ts'

const request: CertificateRequest = {
  commonName: 'web.corp',
  sans: [parseSan('web.corp')],
  ttl: Duration.ofDays(30),
  key: { origin: 'csr', csr: '' },
}

const allowed = { body: { data: { capabilities: ['update'], 'pki/sign/web': ['update'] } } }
const role = { body: { data: { key_type: 'ec', key_bits: 256, max_ttl: 0 } } }
const lookup = { body: { data: lookupData } }
const health = {
  headers: { date: 'Sun, 01 Mar 2026 12:00:00 GMT' },
  body: { initialized: true, sealed: false, standby: false, version: '1.21.0' },
}

let ca: IssuingCa

beforeAll(async () => {
  ca = await IssuingCa.create(new Date('2026-04-15T12:00:00Z'))
})

function issuer(): Answer {
  return { body: { data: { certificate: ca.intermediate.pem, ca_chain: [ca.intermediate.pem, ca.root.pem] } } }
}

interface Answers {
  readonly health?: Answer | Error
  readonly token?: Answer | Error
  readonly capability?: Answer | Error
  readonly role?: Answer | Error
  readonly issuer?: Answer | Error
}

function connectorOf(answers: Answers = {}, roleName: string | null = 'web') {
  const vault = new ScriptedVault(
    answers.health ?? health,
    answers.token ?? lookup,
    answers.capability ?? allowed,
    answers.role ?? role,
    answers.issuer ?? issuer(),
  )
  const connector = new VaultConnector({
    name: 'vault',
    place: { mount: 'pki', role: roleName ?? undefined, issuerRef: undefined },
    connection: vault.connection(),
    clock: vault.clock,
    reconnect: () => Promise.reject(new Error('not asked for')),
    renewer: () => Promise.reject(new Error('not asked for')),
  })
  return { connector, vault }
}

async function finding(subject: string, answers: Answers, changes: Partial<CertificateRequest> = {}): Promise<Finding> {
  const findings = await connectorOf(answers).connector.check({ ...request, ...changes })
  const found = findings.find((one) => one.subject === subject)
  return found ?? expect.fail(`no finding on ${subject}`)
}

describe('check', () => {
  it('finds all good, and issues nothing', async () => {
    const { connector, vault } = connectorOf()
    const findings = await connector.check(request)
    expect(findings).toEqual([
      { subject: 'server', verdict: 'good', detail: 'https://vault.corp:8200 is unsealed, version 1.21.0' },
      { subject: 'token', verdict: 'good', detail: 'token-web, 59m 30s left' },
      { subject: 'pki/sign/web', verdict: 'good', detail: 'the token may: update' },
      { subject: 'role "web"', verdict: 'good', detail: 'keys: ec' },
      { subject: 'names', verdict: 'good', detail: 'the role allows web.corp' },
      { subject: 'issuer', verdict: 'good', detail: 'CN=test intermediate ends in 45d' },
      { subject: 'clock', verdict: 'good', detail: 'within a minute of that of https://vault.corp:8200' },
    ])
    expect(vault.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`)).toEqual([
      'GET v1/sys/health',
      'GET v1/auth/token/lookup-self',
      'POST v1/sys/capabilities-self',
      'GET v1/pki/roles/web',
      'GET v1/pki/issuer/default/json',
    ])
  })

  it('asks for the capability on the path that it would use', async () => {
    const { connector, vault } = connectorOf()
    await connector.check({ ...request, key: { origin: 'issuer', keyType: undefined } })
    expect(vault.requests[2]?.body).toEqual({ paths: ['pki/issue/web'] })
  })

  it('says of a root token that it never expires', async () => {
    const token = { body: { data: { ...lookupData, expire_time: null, ttl: 0 } } }
    expect((await finding('token', { token })).detail).toBe('token-web, never expires')
  })

  it('lets each answer stand for itself', async () => {
    const denied = {
      status: 403,
      body: { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] },
    }
    const findings = await connectorOf({ token: denied, capability: denied, role: denied }).connector.check(request)
    expect(findings.map(({ verdict }) => verdict)).toEqual(['good', 'bad', 'bad', 'unknown', 'good', 'good'])
    expect(findings[1]?.hint).toBeDefined()
  })

  it('does not know what a token may that lives, but must not ask', async () => {
    const denied = { status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } }
    const findings = await connectorOf({ token: denied, capability: denied, role: denied }).connector.check(request)
    expect(findings.map(({ verdict }) => verdict)).toEqual(['good', 'unknown', 'unknown', 'unknown', 'good', 'good'])
    const hint = 'policy "default" lets a token ask for this; an issue does without'
    expect(findings.slice(1, 3)).toMatchObject([{ hint }, { hint }])
  })

  it('finds a token bad that an older server refuses without saying why', async () => {
    const denied = { status: 403, body: { errors: ['permission denied'] } }
    expect(await finding('token', { token: denied, capability: denied })).toMatchObject({ verdict: 'bad' })
  })

  it('finds an issuer bad that nobody may see', async () => {
    const denied = { status: 403, body: { errors: ['permission denied'] } }
    expect(await finding('issuer', { issuer: denied })).toMatchObject({ verdict: 'bad' })
  })

  it.each([
    [['deny'], 'the token may not: deny'],
    [['read', 'list'], 'the token may not: read, list'],
    [[], 'the token may not: no capability'],
    ['update', 'the token may not: no capability'],
    [null, 'the token may not: no capability'],
    [['\u001b[2J'], String.raw`the token may not: \u{1b}[2J`],
  ])('says when the token has the capabilities %j', async (capabilities, detail) => {
    const capability = { body: { data: { capabilities, 'pki/sign/web': capabilities } } }
    const hint = 'grant it: path "pki/sign/web" { capabilities = ["update"] }'
    expect(await finding('pki/sign/web', { capability })).toMatchObject({ verdict: 'bad', detail, hint })
  })

  it('takes the general list when the path is not named, as older servers answer', async () => {
    const capability = { body: { data: { capabilities: ['root'] } } }
    expect(await finding('pki/sign/web', { capability })).toMatchObject({ verdict: 'good' })
  })

  it('does not know what a role allows that the token may not read', async () => {
    const denied = { status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } }
    expect(await finding('role "web"', { role: denied })).toMatchObject({ verdict: 'unknown' })
  })

  it('finds a role bad that is not there', async () => {
    const missing = { status: 404, body: { errors: [] } }
    expect(await finding('role "web"', { role: missing })).toMatchObject({ verdict: 'bad' })
  })

  it.each([
    [3600, 'bad', 'the role grants at most 1h, less than the 30d asked for'],
    [30 * 86400, 'good', 'the role grants 30d'],
  ])('holds a max TTL of %j s against the TTL asked for', async (max_ttl, verdict, detail) => {
    const limited = { body: { data: { key_type: 'ec', max_ttl } } }
    expect(await finding('TTL', { role: limited })).toMatchObject({ verdict, detail })
  })

  it.each([0, undefined])('holds no max TTL of %j against a TTL', async (max_ttl) => {
    const unlimited = { body: { data: { key_type: 'ec', max_ttl } } }
    const findings = await connectorOf({ role: unlimited }).connector.check(request)
    expect(findings.map(({ subject }) => subject)).not.toContain('TTL')
  })

  it('finds a TTL bad where the role sets the end itself', async () => {
    const fixed = { body: { data: { key_type: 'ec', not_after: '2030-01-01T00:00:00Z', max_ttl: 30 * 86400 } } }
    expect(await finding('TTL', { role: fixed })).toMatchObject({
      verdict: 'bad',
      detail: 'the role sets the end itself (not_after 2030-01-01T00:00:00Z), and takes no TTL beside it',
    })
    const findings = await connectorOf({ role: fixed }).connector.check({ ...request, ttl: undefined })
    expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([])
  })

  it.each([
    [['email'], 'web.corp', 'bad'],
    [['email'], 'ops@web.corp', 'good'],
    [['hostname'], 'ops@web.corp', 'bad'],
    [['disabled'], 'Bob Smith', 'good'],
    [['email', 'hostname'], 'Bob Smith', 'bad'],
    [undefined, 'a*.web.corp', 'good'],
    [undefined, 'a*b*.web.corp', 'bad'],
  ])('holds the validations %j against the common name %s', async (cn_validations, commonName, verdict) => {
    const any = { body: { data: { key_type: 'ec', allow_any_name: true, enforce_hostnames: true, cn_validations } } }
    expect(await finding('names', { role: any }, { commonName, sans: [] })).toMatchObject({ verdict })
  })

  it('says that leased certificates end with the token, and when that is', async () => {
    const leasing = { body: { data: { key_type: 'ec', generate_lease: true } } }
    expect(await finding('lease', { role: leasing })).toMatchObject({
      verdict: 'unknown',
      detail:
        'the role leases its certificates (generate_lease): they are revoked when the token ends, in 59m 30s unless it is renewed',
    })
    const forEver = { body: { data: { ...lookupData, expire_time: null, ttl: 0 } } }
    expect(await finding('lease', { role: leasing, token: forEver })).toMatchObject({ verdict: 'good' })
  })

  it.each([
    [{ initialized: true, sealed: true }, 'https://vault.corp:8200 is sealed', 'unseal it with: vault operator unseal'],
    [
      { initialized: false, sealed: true },
      'https://vault.corp:8200 is not initialized',
      'initialize it with: vault operator init',
    ],
  ])('asks nothing more of a server that says %j', async (state, detail, hint) => {
    const { connector, vault } = connectorOf({ health: { body: state } })
    const [server, ...others] = await connector.check(request)
    expect(server).toEqual({ subject: 'server', verdict: 'bad', detail, hint })
    expect(others.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unknown'))
    expect(vault.requests).toHaveLength(1)
  })

  it('goes on where the server hides its health', async () => {
    const hidden = { status: 403, body: { errors: ['permission denied'] } }
    const findings = await connectorOf({ health: hidden }).connector.check(request)
    expect(findings.map(({ verdict }) => verdict)).toEqual([
      'unknown',
      'good',
      'good',
      'good',
      'good',
      'good',
      'unknown',
    ])
  })

  it('leaves the last uses of a token to the certificate', async () => {
    const { connector, vault } = connectorOf({
      token: { body: { data: { ...lookupData, num_uses: 2 } } },
      capability: issuer(),
    })
    const findings = await connector.check(request)
    expect(findings.filter(({ verdict }) => verdict === 'unknown').map(({ subject }) => subject)).toEqual([
      'pki/sign/web',
      'role "web"',
    ])
    expect(vault.requests.map(({ path }) => path)).not.toContain('v1/sys/capabilities-self')
  })

  it.each([
    [Duration.ofDays(45), 'good'],
    [Duration.ofDays(46), 'bad'],
    [undefined, 'good'],
  ])("holds a TTL of %j against the issuer's own end", async (ttl, verdict) => {
    expect(await finding('issuer', {}, { ttl })).toMatchObject({ verdict })
  })

  it('finds an issuer bad that has expired', async () => {
    const { connector, vault } = connectorOf()
    vault.clock.jumpWall(Duration.ofDays(46))
    expect((await connector.check(request))[5]).toMatchObject({
      verdict: 'bad',
      detail: 'CN=test intermediate has expired',
    })
  })

  it('tells of a wrong clock', async () => {
    const late = { ...lookup, headers: { date: 'Sun, 01 Mar 2026 10:00:00 GMT' } }
    const findings = await connectorOf({ token: late }).connector.check(request)
    expect(findings.at(-1)).toMatchObject({ subject: 'clock', verdict: 'bad' })
  })

  it('finds bad what cannot be reached, and goes on', async () => {
    const away = new UnavailableError('it is away', { hint: 'wait' })
    const findings = await connectorOf({ role: away }).connector.check(request)
    expect(findings[3]).toEqual({ subject: 'role "web"', verdict: 'bad', detail: 'it is away', hint: 'wait' })
    expect(findings).toHaveLength(6)
  })

  it('ends with an interruption, and with a bug', async () => {
    const reason = new Error('interrupted')
    await expect(connectorOf().connector.check(request, AbortSignal.abort(reason))).rejects.toBe(reason)
    const bug = new TypeError('x is not a function')
    await expect(connectorOf({ role: bug }).connector.check(request)).rejects.toBe(bug)
  })

  it('needs a role', async () => {
    const { connector, vault } = connectorOf({}, null)
    expect(await errorOf(connector.check(request))).toMatchObject({ message: 'role is required', exitCode: 3 })
    expect(vault.requests).toEqual([])
  })
})
