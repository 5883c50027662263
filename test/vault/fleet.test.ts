import { execFile } from 'node:child_process'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { OperatorHost, opensslVerifies } from './program.ts'
import { requestsIn, revokedAt } from './questions.ts'

interface Result {
  readonly name: string
  readonly action: string
  readonly reason?: string
  readonly certificate?: { readonly serial: string; readonly sans: readonly { readonly value: string }[] }
  readonly error?: { readonly message: string; readonly exitCode: number }
}

interface Applied {
  readonly summary: Readonly<Record<string, number>>
  readonly results: readonly Result[]
}

const signing = (stderr: string) => requestsIn(stderr).filter((request) => request.includes('/sign/'))

describe.concurrent('many certificates of a real Vault', () => {
  let server: RealVault

  beforeAll(async () => {
    server = await startRealVault()
  })

  afterAll(() => server.stop())

  const file = (more = '', san = '') => `defaults: { mount: pki_int, role: all-ec, ttl: 24h }
certificates:
  - { name: a.contract.test }
  - { name: b.contract.test, san: [www.b.contract.test, 192.0.2.7${san}] }
  - { name: c.contract.test, keyType: ec384 }
  - { name: d.contract.test, mount: pki, role: all-rsa, keyType: rsa2048 }
  - { name: e.contract.test, csr: e.csr, out: of-a-csr }
${more}`

  async function apply(operator: OperatorHost, text: string, flags: readonly string[] = []) {
    await writeFile(join(operator.host.workDir, 'fleet.yaml'), text)
    const run = await operator.run(['apply', 'fleet.yaml', ...flags, '--json'])
    const document = run.json() as unknown as Applied
    const serials = Object.fromEntries(document.results.map(({ name, certificate }) => [name, certificate?.serial]))
    return { ...run, ...document, serials, signed: signing(run.stderr) }
  }

  async function makeRequest(operator: OperatorHost): Promise<void> {
    const subject = ['-subj', '/CN=e.contract.test', '-addext', 'subjectAltName=DNS:e.contract.test']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', 'e.key']
    await promisify(execFile)('openssl', ['req', '-new', ...key, ...subject, '-out', 'e.csr'], {
      cwd: operator.host.workDir,
    })
  }

  it('come from one file, whatever becomes of one of them, and are left alone from then on', async (test) => {
    const operator = await OperatorHost.create(test, server)
    await makeRequest(operator)
    const planned = await apply(operator, file(), ['--plan'])
    expect(planned).toMatchObject({ code: 0, summary: { issue: 5 }, signed: [] })

    const only = await apply(operator, file(), ['--only', 'c.contract.test'])
    expect(only).toMatchObject({ code: 0, summary: { issued: 1 }, signed: ['POST /v1/pki_int/sign/all-ec'] })

    const broken = '  - { name: f.contract.test, role: nope }\n  - { name: g.example, mount: pki, role: ec }\n'
    const first = await apply(operator, file(broken))
    expect(first).toMatchObject({ code: 9, summary: { issued: 4, notDue: 1, failed: 2 } })
    const failed = first.results.filter(({ action }) => action === 'failed')
    expect(failed.map(({ error }) => error?.exitCode)).toEqual([4, 4])
    expect(failed[0]?.error?.message).toContain('unknown role: nope')
    expect(failed[1]?.error?.message).toContain('not allowed by this role')
    for (const { name, certificate } of first.results.filter(({ action }) => action !== 'failed')) {
      const directory = join(operator.host.workDir, name === 'e.contract.test' ? 'of-a-csr' : name)
      expect(await opensslVerifies(directory, name)).toBe('cert.pem: OK\n')
      const mount = name === 'd.contract.test' ? 'pki' : 'pki_int'
      expect(await revokedAt(server, mount, certificate!.serial)).toBe(0)
    }

    const second = await apply(operator, file())
    expect(second).toMatchObject({ code: 0, summary: { issued: 0, notDue: 5, failed: 0 } })
    expect(requestsIn(second.stderr)).toEqual([])
    expect(second.serials['c.contract.test']).toBe(only.serials['c.contract.test'])

    const changed = file('', ', ftp.b.contract.test')
    const plan = await apply(operator, changed, ['--plan'])
    expect(plan).toMatchObject({ code: 0, summary: { change: 1, notDue: 4 }, signed: [] })
    expect(plan.results[1]).toMatchObject({ action: 'change', reason: 'asked for otherwise: names' })
    const third = await apply(operator, changed)
    expect(third).toMatchObject({ code: 0, summary: { changed: 1, notDue: 4 } })
    expect(third.signed).toEqual(['POST /v1/pki_int/sign/all-ec'])
    expect(third.results[1]?.certificate?.sans.map(({ value }) => value)).toContain('ftp.b.contract.test')
    expect({ ...third.serials, 'b.contract.test': '' }).toEqual({ ...second.serials, 'b.contract.test': '' })
    expect(await opensslVerifies(join(operator.host.workDir, 'b.contract.test'), 'ftp.b.contract.test')).toBe(
      'cert.pem: OK\n',
    )
  })

  /** What openssl says to a certificate by the CRL of its mount. */
  async function byRevocationList(operator: OperatorHost, certificate: string): Promise<string> {
    const cwd = operator.host.workDir
    const { text } = await server.request('GET', 'pki_int/crl/pem')
    await writeFile(join(cwd, 'crl.pem'), text)
    const args = ['verify', '-crl_check', '-CRLfile', 'crl.pem', '-untrusted', 'web/chain.pem', '-CAfile', 'web/ca.pem']
    try {
      return (await promisify(execFile)('openssl', [...args, certificate], { cwd })).stdout
    } catch (error) {
      return (error as { stderr: string }).stderr
    }
  }

  it.for(['all-ec', 'all-no-store'])(
    'are revoked when their successor is deployed, and not before: role %s',
    async (role, test) => {
      const operator = await OperatorHost.create(test, server, { env: { CERTCTL_VAULT_MOUNT: 'pki_int' } })
      const inWork = (name: string) => join(operator.host.workDir, name)
      const flags = ['--role', role, '--out', 'web', '--deploy-shell', `test ! -e ${inWork('broken')}`]
      const issued = await operator.run(['issue', 'web.contract.test', ...flags, '--revoke-previous', '--json'])
      expect(issued).toMatchObject({ code: 0 })
      const { serial } = issued.json()['certificate'] as { serial: string }
      await copyFile(inWork('web/cert.pem'), inWork('before.pem'))

      await writeFile(inWork('broken'), '')
      const failed = await operator.run(['renew', 'web', '--force', '--json'])
      expect(failed).toMatchObject({ code: 9 })
      expect(await byRevocationList(operator, 'before.pem')).toBe('before.pem: OK\n')

      await promisify(execFile)('rm', [inWork('broken')])
      const deployed = await operator.run(['renew', 'web', '--json'])
      expect(deployed).toMatchObject({ code: 0 })
      expect(deployed.json()).toMatchObject({
        results: [{ action: 'not-due', deployment: { state: 'deployed', revoked: [serial] } }],
      })
      expect(await revokedAt(server, 'pki_int', serial)).toBeGreaterThan(0)
      expect(await byRevocationList(operator, 'before.pem')).toContain('certificate revoked')
      expect(await byRevocationList(operator, 'web/cert.pem')).toBe('web/cert.pem: OK\n')

      const undone = await operator.run(['renew', 'web', '--undo', '--json'])
      expect(undone).toMatchObject({ code: 7 })
      expect(await readFile(inWork('web/cert.pem'), 'utf8')).not.toBe(await readFile(inWork('before.pem'), 'utf8'))
    },
  )
})
