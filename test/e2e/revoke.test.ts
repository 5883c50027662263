import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { describe, expect } from 'vitest'
import { openssl } from '../support/openssl.ts'
import { anyText, containing } from './support/matchers.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }
const name = 'web.contract.test'

async function issued(scene: Scene, args: readonly string[] = [], options = {}): Promise<string> {
  const run = await scene.run(['issue', name, ...args, '--json'], options)
  expect(run).toMatchObject({ code: 0 })
  return (run.json() as { certificate: { serial: string } }).certificate.serial
}

async function crl(scene: Scene): Promise<string> {
  const text = await readFile(join(scene.host.stateDir, 'local-ca', 'crl.pem'), 'utf8')
  return openssl(['crl', '-noout', '-text', '-in', 'crl.pem'], { 'crl.pem': text })
}

describe.concurrent('revoke', () => {
  test('ends the certificate of a directory at the issuer that its record names, whatever the settings say', async ({
    scene,
  }) => {
    const serial = await issued(scene, ['--mount', 'pki_int', '--role', 'all-ec'])
    const run = await scene.run(['revoke', name, '--yes', '--json'], { env: { CERTCTL_VAULT_MOUNT: 'pki' } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.json()).toEqual({
      schema: 1,
      action: 'revoked',
      issuer: { kind: 'vault', name: 'vault' },
      serial,
      revokedAt: anyText,
      certificate: expect.objectContaining({ serial, subject: `CN=${name}` }) as object,
      dirs: [scene.path(name)],
      warnings: [],
    })
    expect(scene.vault.requests.at(-1)).toMatchObject({ method: 'POST', path: 'pki_int/revoke' })
  })

  test('takes a file in PEM or DER, and any notation of a serial; twice is fine, and the first time counts', async ({
    scene,
  }) => {
    const serial = await issued(scene)
    await writeFile(scene.path('cert.der'), new X509Certificate(await readFile(scene.path(name, 'cert.pem'))).raw)
    const bare = serial.replaceAll(':', '')
    const targets = [
      `${name}/cert.pem`,
      `${name}/fullchain.pem`,
      'cert.der',
      serial,
      serial.replaceAll(':', '-'),
      bare.toUpperCase(),
      `0x${bare}`,
    ]
    const times = new Set<unknown>()
    for (const target of targets) {
      const run = await scene.run(['revoke', target, '--yes', '--json'])
      expect(run.json()).toMatchObject({ action: 'revoked', serial })
      times.add(run.json().revokedAt)
    }
    expect(times.size).toBe(1)
  })

  test('falls back to the certificate where the role stored none, and says what it lacks by the serial alone', async ({
    scene,
  }) => {
    const serial = await issued(scene, ['--role', 'no-store'])
    expect(await refusal(scene, ['revoke', serial, '--yes'])).toMatchObject({ exitCode: 4, code: 'unknown-serial' })
    const run = await scene.run(['revoke', name, '--yes', '--json'])
    expect(run.json()).toMatchObject({ action: 'revoked', serial })
  })

  test('records a reason in the list of the embedded CA', async ({ scene }) => {
    const serial = await issued(scene, [], local)
    const run = await scene.run(['revoke', name, '--yes', '--reason', 'keyCompromise'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const list = await crl(scene)
    expect(list).toContain(serial.replaceAll(':', '').toUpperCase())
    expect(list).toContain('Key Compromise')
    const again = await scene.run(['revoke', name, '--yes', '--reason', 'superseded'])
    expect(again).toMatchObject({ code: 0 })
    expect(again.stderr).toMatch(/^warning: it was revoked before: the reason in the revocation list stays keyComp/)
  })

  test('says that it can not check a bare serial at the embedded CA, and that an expired one had expired', async ({
    scene,
  }) => {
    await issued(scene, ['--ttl', '1s'], local)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const run = await scene.run(['revoke', name, '--yes'], local)
    expect(run).toMatchObject({ code: 0 })
    expect(run.stderr).toMatch(/^warning: the certificate had expired already/)
    const bare = await scene.run(['revoke', '0a:0b', '--yes', '--json'], local)
    expect(bare.json()).toMatchObject({ serial: '0a:0b', certificate: null, warnings: [anyText] })
  })

  test('names the flag where nobody can be asked, and asks no issuer', async ({ scene }) => {
    await issued(scene)
    const before = scene.vault.requests.length
    expect(await refusal(scene, ['revoke', name])).toMatchObject({ exitCode: 2, hint: 'give --yes' })
    expect(scene.vault.requests).toHaveLength(before)
  })

  test('refuses a reason for Vault with a word', async ({ scene }) => {
    await issued(scene)
    expect(await refusal(scene, ['revoke', name, '--yes', '--reason', 'superseded'])).toMatchObject({
      exitCode: 6,
      message: 'Vault records no reason for a revocation',
    })
  })

  test.for([
    ['not/there.pem', 7, 'cannot be read: no such file or directory'],
    ['nothere.pem', 7, 'cannot be read: no such file or directory'],
    ['nowhere', 2, 'is neither a file or directory that exists nor a serial number'],
    ['', 2, 'empty text'],
    ['0102030405060708090a0b0c0d0e0f101112131415', 2, 'nor a serial number'],
    ['text', 7, 'is no certificate'],
    ['empty', 7, 'holds no certificate of certctl'],
  ] as const)('refuses %j', async ([target, exitCode, words], { scene }) => {
    await scene.write('text', 'hello')
    await scene.write('empty/.keep', '')
    const { message, ...error } = await refusal(scene, ['revoke', target, '--yes'])
    expect(error).toMatchObject({ exitCode })
    expect(message).toContain(words)
  })

  test('does not tell who names a directory of something else to make a certificate there', async ({ scene }) => {
    await scene.write('other/.keep', '')
    const hint = 'name a directory that certctl issued, the file of a certificate, or its serial'
    expect(await refusal(scene, ['revoke', 'other', '--yes'])).toMatchObject({ code: 'no-certificate', hint })
  })

  test('takes what openssl prints of a serial', async ({ scene }) => {
    const serial = await issued(scene, [], local)
    const printed = openssl(['x509', '-noout', '-serial', '-in', scene.path(name, 'cert.pem')]).trim()
    expect(printed).toMatch(/^serial=/)
    const run = await scene.run(['revoke', printed, '--yes', '--json'], local)
    expect(run.json()).toMatchObject({ action: 'revoked', serial })
  })

  test('refuses a reason that RFC 5280 has not', async ({ scene }) => {
    expect(await refusal(scene, ['revoke', '0a', '--yes', '--reason', 'boredom'])).toMatchObject({ exitCode: 2 })
  })

  test("refuses another CA's certificate", async ({ scene }) => {
    await issued(scene)
    await scene.run(['local', 'init'])
    const file = await scene.write('other.pem', await readFile(scene.path(name, 'cert.pem'), 'utf8'))
    expect(await refusal(scene, ['revoke', file, '--yes'], local)).toMatchObject({ exitCode: 4, code: 'rejected' })
  })
})

describe.concurrent('what was revoked', () => {
  test.for([
    ['by its directory at Vault', {}, () => name],
    ['by its directory at the embedded CA', local, () => name],
    ['by a file at Vault', {}, () => `${name}/fullchain.pem`],
    ['by its serial at the embedded CA', local, (serial: string) => serial.toUpperCase()],
  ] as const)(
    '%s is told by status, replaced by renew, and not gone back to',
    async ([, options, target], { scene }) => {
      const serial = await issued(scene, [], options)
      const revoked = await scene.run(['revoke', target(serial), '--yes'], options)
      expect(revoked).toMatchObject({ code: 0 })
      expect(revoked.stdout).toContain(`replace it  certctl renew ${scene.path(name)}\n`)

      const status = await scene.run(['status', '--json'], options)
      expect(status.code).toBe(8)
      expect(status.json()).toMatchObject({
        certificates: [
          { state: 'revoked', reason: 'it was revoked', hint: `certctl renew ${scene.path(name)}`, serial },
        ],
        summary: { revoked: 1, ok: 0 },
      })
      const monitor = await scene.run(['status', '--nagios'], options)
      expect(monitor).toMatchObject({ code: 2, stdout: containing(`revoked, it was revoked, next: certctl renew`) })
      const series = await scene.run(['status', '--format', 'prometheus'], options)
      expect(series.stdout).toMatch(/^certctl_certificates\{state="revoked"\} 1$/m)

      const renewed = await scene.run(['renew', '--all', '--json'], options)
      expect(renewed).toMatchObject({ code: 0 })
      expect(renewed.stderr).toMatch(/warning: .*: it was renewed before its time: it was revoked/)
      expect(renewed.json()).toMatchObject({ results: [{ action: 'renewed', reason: 'it was revoked' }] })
      expect(await scene.run(['status'], options)).toMatchObject({ code: 0 })

      const undone = await scene.run(['renew', '--undo', name, '--json'], options)
      expect(undone.code).toBe(7)
      const hint = `make a new one: certctl renew ${scene.path(name)} --force`
      expect(undone.json()).toMatchObject({ results: [{ error: { code: 'revoked', hint } }] })
      expect(await scene.run(hint.split(' ').slice(5), options)).toMatchObject({ code: 0 })
    },
  )

  test('is told to be so where it can not be recorded, and is no failure', async ({ scene }) => {
    await issued(scene)
    await rm(join(scene.host.stateDir, 'certificates'), { recursive: true })
    const run = await scene.run(['revoke', name, '--yes', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      action: 'revoked',
      dirs: [],
      warnings: [containing('is not known to this user on this host')],
    })
  })
})
