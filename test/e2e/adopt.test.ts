import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, chown, lstat, readFile, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect } from 'vitest'
import { openssl } from '../support/openssl.ts'
import type { Run } from '../support/run-certctl.ts'
import { adopt, foreignHost, local, name, resultsOf, type ForeignHost, type Result } from './support/adoption.ts'
import { isRoot } from './support/launchers.ts'
import { containing } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'
import { snapshot } from './support/snapshot.ts'

let tools: ForeignHost['tools']
let foreign: ForeignHost['foreign']
let other: ForeignHost['other']

beforeAll(async () => {
  ;({ tools, foreign, other } = await foreignHost())
})

function renew(scene: Scene, ...args: readonly string[]): Promise<Run> {
  return scene.run(['renew', ...args, '--json'], local)
}

function certificateAt(path: string): Promise<X509Certificate> {
  return readFile(path).then((pem) => new X509Certificate(pem))
}

function hoursOf({ validFrom, validTo }: X509Certificate): number {
  return Math.round((Date.parse(validTo) - Date.parse(validFrom)) / 3_600_000)
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

/** Certificate, key and, where there is one, chain belong together, and are of the embedded CA. */
async function expectSuccessor(files: Record<string, string>): Promise<void> {
  const cert = await certificateAt((files['fullchainFile'] ?? files['certFile'])!)
  expect(cert.issuer).toContain('certctl local CA')
  const key = createPrivateKey(await readFile((files['keyFile'] ?? files['combinedFile'])!, 'utf8'))
  expect(cert.checkPrivateKey(key)).toBe(true)
}

describe.concurrent('adopting what certbot keeps', () => {
  test('leaves all as it is, and says how certbot is stopped', async ({ scene }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    const run = await adopt(scene, [live])
    expect(run).toMatchObject({ code: 0 })
    const conf = scene.path('letsencrypt/renewal', `${name}.conf`)
    expect(run.json()).toMatchObject({
      schema: 1,
      results: [
        {
          path: live,
          dir: join(scene.host.stateDir, 'adopted', live),
          name,
          action: 'adopted',
          issuer: { kind: 'local', name: 'local' },
          certificate: { serial: foreign.leaf.serial, keyType: 'rsa2048' },
          plainFiles: {
            certFile: join(live, 'cert.pem'),
            chainFile: join(live, 'chain.pem'),
            fullchainFile: join(live, 'fullchain.pem'),
            keyFile: join(live, 'privkey.pem'),
          },
        },
      ],
      summary: { adopted: 1, updated: 0, unchanged: 0, failed: 0 },
      warnings: expect.arrayContaining([
        `${live}: certbot still renews it; stop that: mv ${conf} ${conf}.adopted`,
        `${live}: the first renewal puts files in the place of the links to ${scene.path('letsencrypt/archive', name)}, and leaves what is there`,
      ]) as string[],
    })
    expect(run.stdout + run.stderr).not.toContain('PRIVATE KEY')
  })

  test('makes status, renew --all and inspect know it, and nothing is due', async ({ scene }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    await adopt(scene, [live])
    const before = await snapshot(scene.host.workDir, { times: true })
    const status = await scene.run(['status', '--json'])
    expect(status).toMatchObject({ code: 0 })
    expect(status.json()).toMatchObject({ certificates: [{ name, state: 'ok', deploy: 'none' }] })
    expect((await scene.run(['status', live, '--json'])).json()).toMatchObject({ certificates: [{ name }] })
    for (const what of ['--all', live, join(live, 'privkey.pem')])
      expect(resultsOf(await renew(scene, what))).toMatchObject([{ action: 'not-due' }])
    expect(await snapshot(scene.host.workDir, { times: true })).toEqual(before)
  })

  test('carries names, kind of key and validity over to the successor, which takes the place of the links', async ({
    scene,
  }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    await chmod(join(live, 'privkey.pem'), 0o640)
    const { plainFiles } = resultsOf(await adopt(scene, [live]))[0]!
    const archive = await snapshot(scene.path('letsencrypt/archive'), { times: true })
    const [result] = resultsOf(await renew(scene, live, '--force'))
    expect(result).toMatchObject({
      action: 'renewed',
      certificate: { sans: [{ value: name }, { value: `www.${name}` }], keyType: 'rsa2048' },
      written: expect.arrayContaining(Object.values(plainFiles)) as string[],
    })
    await expectSuccessor(plainFiles)
    expect(hoursOf(await certificateAt(join(live, 'cert.pem')))).toBe(90 * 24)
    for (const path of Object.values(plainFiles)) expect((await lstat(path)).isFile()).toBe(true)
    expect(await modeOf(join(live, 'privkey.pem'))).toBe('640')
    expect(await modeOf(join(live, 'cert.pem'))).toBe('644')
    expect(await snapshot(scene.path('letsencrypt/archive'), { times: true })).toEqual(archive)
    expect(await modeOf(join(result!.dir, 'privkey.pem'))).toBe('600')
  })

  test('can be undone: the paths show what certbot made, and the next renewal goes on from there', async ({
    scene,
  }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    await adopt(scene, [live])
    expect(await renew(scene, live, '--undo')).toMatchObject({ code: 7 })
    await renew(scene, live, '--force')
    expect(resultsOf(await renew(scene, live, '--undo'))).toMatchObject([{ action: 'undone' }])
    for (const [file, kept] of [
      ['fullchain.pem', foreign.leaf.pem + foreign.issuer.pem],
      ['privkey.pem', foreign.key.pem.reveal()],
    ] as const)
      expect(await readFile(join(live, file), 'utf8')).toBe(kept)
    expect(resultsOf(await renew(scene, live, '--force'))).toMatchObject([{ action: 'renewed' }])
  })

  test('takes all of live at once, and twice changes nothing', async ({ scene }) => {
    const home = scene.path('letsencrypt')
    await tools.certbot(home, name, foreign)
    await tools.certbot(home, 'example.test', other)
    const first = await adopt(scene, [join(home, 'live')])
    expect(first.json()).toMatchObject({ summary: { adopted: 2, failed: 0 } })
    const state = await snapshot(scene.host.stateDir, { times: true })
    const second = await adopt(scene, [join(home, 'live'), join(home, 'live', name)])
    expect(second).toMatchObject({ code: 0 })
    expect(second.json()).toMatchObject({ summary: { adopted: 0, updated: 0 } })
    expect(resultsOf(second).map(({ reason }: Result & { reason?: string }) => reason)).toContain('taken over already')
    const held = await snapshot(scene.host.stateDir, { times: true })
    const outsideLocks = ([path]: [string, string]): boolean => !path.endsWith('/locks')
    expect(Object.entries(held).filter(outsideLocks)).toEqual(Object.entries(state).filter(outsideLocks))
    await renew(scene, '--all', '--force')
    const third = await adopt(scene, [join(home, 'live', name)])
    expect(resultsOf(third)).toMatchObject([{ action: 'unchanged', reason: 'taken over and renewed already' }])
    expect(third.json()).toMatchObject({ warnings: [] })
  })

  test.for(['privkey.pem', 'fullchain.pem', 'chain.pem'])(
    'replaces it at once where its %s is lost',
    async (file, { scene }) => {
      const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
      await adopt(scene, [live])
      await rm(join(live, file))
      const reason = `${join(live, file)} is gone`
      expect(await scene.run(['status', '--json'])).toMatchObject({ code: 8, stdout: containing(reason) })
      const renewed = await renew(scene, '--all')
      expect(renewed.json()).toMatchObject({ results: [{ action: 'renewed' }], warnings: [containing(reason)] })
      await expectSuccessor(resultsOf(renewed)[0]!.plainFiles)
      expect(await scene.run(['status', live])).toMatchObject({ code: 0 })
      expect(resultsOf(await renew(scene, '--all'))).toMatchObject([{ action: 'not-due' }])
    },
  )

  test('keeps all files of a certificate also where only some are named again', async ({ scene }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    await adopt(scene, [live])
    const again = await adopt(scene, [join(live, 'fullchain.pem'), join(live, 'privkey.pem')])
    expect(resultsOf(again)).toMatchObject([{ action: 'unchanged' }])
    const renewed = resultsOf(await renew(scene, live, '--force'))
    await expectSuccessor(renewed[0]!.plainFiles)
    expect((await certificateAt(join(live, 'cert.pem'))).issuer).toContain('certctl local CA')
  })

  test('goes by what certbot renews meanwhile', async ({ scene }) => {
    const home = scene.path('letsencrypt')
    const old = await tools.certificate({ names: [name], from: daysAgo(85) })
    const live = await tools.certbot(home, name, old)
    await adopt(scene, [live])
    expect((await scene.run(['status', '--json'])).json()).toMatchObject({ certificates: [{ state: 'overdue' }] })
    await tools.certbotRenews(home, name, foreign, 2)
    expect((await scene.run(['status', '--json'])).json()).toMatchObject({
      certificates: [{ state: 'ok', notAfter: foreign.leaf.notAfter.toISOString().replace('.000', '') }],
    })
    expect(resultsOf(await renew(scene, '--all'))).toMatchObject([{ action: 'not-due' }])
    expect(await readlink(join(live, 'cert.pem'))).toBe(`../../archive/${name}/cert2.pem`)
    const renewed = resultsOf(await renew(scene, live, '--force'))
    expect(renewed).toMatchObject([{ certificate: { sans: [{ value: name }, { value: `www.${name}` }] } }])
    await renew(scene, live, '--undo')
    expect(await readFile(join(live, 'cert.pem'), 'utf8')).toBe(foreign.leaf.pem)
  })

  test('is told what would happen by --dry-run, and nothing is kept', async ({ scene }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    const run = await adopt(scene, [live], '--dry-run')
    expect(run.json()).toMatchObject({
      results: [{ path: live, action: 'adoptable' }],
      summary: { adopted: 0, adoptable: 1 },
    })
    expect(await snapshot(scene.host.stateDir)).toEqual({})
    expect((await scene.run(['status', '--json'])).json()).toMatchObject({ certificates: [] })
  })

  test("has certbot's hooks find the files by the lineage", async ({ scene }) => {
    const live = await tools.certbot(scene.path('letsencrypt'), name, foreign)
    const line = `printf '%s|%s' "$RENEWED_LINEAGE" "$RENEWED_DOMAINS" > ${scene.path('hook')}`
    await adopt(scene, [live], '--deploy-shell', line)
    expect((await scene.run(['status', '--json'])).json()).toMatchObject({ certificates: [{ deploy: 'none' }] })
    await renew(scene, live, '--force')
    expect(await readFile(scene.path('hook'), 'utf8')).toBe(`${live}|${name} www.${name}`)
  })
})

describe.concurrent('adopting what others keep', () => {
  test('takes every certificate of lego with its issuer, the keys in their own form', async ({ scene }) => {
    const directory = scene.path('.lego/certificates')
    await tools.lego(directory, name, foreign)
    await tools.lego(directory, '*.example.test', other)
    const run = await adopt(scene, [scene.path('.lego')])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      summary: { adopted: 2 },
      warnings: expect.arrayContaining([containing('lego renews it where something runs lego')]) as string[],
    })
    const found = resultsOf(run).map(({ plainFiles }) => plainFiles)
    expect(found).toContainEqual({
      fullchainFile: join(directory, '_.example.test.crt'),
      chainFile: join(directory, '_.example.test.issuer.crt'),
      keyFile: join(directory, '_.example.test.key'),
    })
    await renew(scene, directory, '--force')
    for (const files of found) await expectSuccessor(files)
    expect(await readFile(join(directory, '_.example.test.key'), 'utf8')).toMatch(/^-----BEGIN EC PRIVATE KEY-----/)
    expect(await readFile(join(directory, `${name}.key`), 'utf8')).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/)
    expect(await modeOf(join(directory, `${name}.crt`))).toBe('600')
    expect(JSON.parse(await readFile(join(directory, `${name}.json`), 'utf8'))).toMatchObject({ domain: name })
  })

  test("takes step's pair, told by both files or by the certificate alone", async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    const run = await adopt(scene, [crt, key], '--ttl', '24h', '--reuse-key')
    expect(resultsOf(run)).toMatchObject([
      { path: crt, action: 'adopted', plainFiles: { fullchainFile: crt, keyFile: key } },
    ])
    expect(resultsOf(await adopt(scene, [crt], '--ttl', '24h', '--reuse-key'))).toMatchObject([{ action: 'unchanged' }])
    await renew(scene, crt, '--force')
    await expectSuccessor({ fullchainFile: crt, keyFile: key })
    const renewed = await certificateAt(crt)
    expect(hoursOf(renewed)).toBe(24)
    expect(renewed.publicKey.equals(foreign.leaf.publicKey)).toBe(true)
  })

  test('is revoked by the file that it is known by, at the issuer that renewed it', async ({ scene }) => {
    await tools.lego(scene.path('lego'), name, foreign)
    await tools.lego(scene.path('lego'), '*.example.test', other)
    await adopt(scene, ['lego'])
    await renew(scene, '--all', '--force')
    const run = await scene.run(['revoke', `lego/${name}.crt`, '--yes', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({ action: 'revoked', issuer: { kind: 'local' } })
    const status = await scene.run(['status', `lego/${name}.crt`, '--json'])
    expect(status.json()).toMatchObject({ certificates: [{ name, state: 'revoked' }] })
  })

  test('does not wait for a pipe that lies beside the files', async ({ scene }) => {
    await tools.step(scene.path('step'), name, foreign)
    execFileSync('mkfifo', [scene.path('step', 'control.key')])
    expect(await scene.run(['adopt', 'step', '--json'], local)).toMatchObject({ code: 0 })
    expect(await scene.run(['inspect', 'step', '--json'])).toMatchObject({ code: 0 })
  })

  test('takes what acme.sh keeps, and says how it is stopped', async ({ scene }) => {
    const directory = await tools.acmeSh(scene.path('.acme.sh'), name, other)
    const run = await adopt(scene, [directory])
    expect(resultsOf(run)).toMatchObject([
      {
        plainFiles: {
          certFile: join(directory, `${name}.cer`),
          chainFile: join(directory, 'ca.cer'),
          fullchainFile: join(directory, 'fullchain.cer'),
          keyFile: join(directory, `${name}.key`),
        },
      },
    ])
    expect(run.json()).toMatchObject({
      warnings: [`${directory}: acme.sh still renews it; stop that: acme.sh --remove -d ${name} --ecc`],
    })
  })

  test('takes one file with everything in it, and paths with spaces and letters of any script', async ({ scene }) => {
    const combined = await scene.write(
      'ŵeb site/ha proxy.pem',
      foreign.leaf.pem + foreign.issuer.pem + foreign.key.pem.reveal(),
    )
    const run = await adopt(scene, [combined])
    expect(resultsOf(run)).toMatchObject([{ action: 'adopted', plainFiles: { combinedFile: combined } }])
    await renew(scene, combined, '--force')
    await expectSuccessor({ certFile: combined, combinedFile: combined })
  })

  test('writes the issuers to a certificate that stands alone in its file', async ({ scene }) => {
    const cert = await scene.write('tls.crt', foreign.leaf.pem)
    const key = await scene.write('tls.key', foreign.key.pem.reveal())
    const run = await adopt(scene, [cert, key])
    expect(resultsOf(run)).toMatchObject([{ plainFiles: { fullchainFile: cert, keyFile: key } }])
    expect(run.json()).toMatchObject({ warnings: [containing('its issuers are not among the files')] })
  })

  test('keeps an encrypted key encrypted, by the same password', async ({ scene }) => {
    const password = await scene.write('password', 'changeit\n')
    const plain = await scene.write('plain.pem', foreign.key.pem.reveal())
    const key = scene.path('tls.key')
    openssl(['pkcs8', '-topk8', '-in', plain, '-passout', `file:${password}`, '-out', key])
    const cert = await scene.write('tls.crt', foreign.leaf.pem)
    expect(await adopt(scene, [cert, key], '--key-password-file', password)).toMatchObject({ code: 0 })
    await renew(scene, cert, '--force')
    const encrypted = await readFile(key, 'utf8')
    expect(encrypted).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    expect(
      (await certificateAt(cert)).checkPrivateKey(createPrivateKey({ key: encrypted, passphrase: 'changeit' })),
    ).toBe(true)
  })

  test('tells what of a certificate can not be carried over', async ({ scene }) => {
    const expired = await tools.certificate({ names: [name], from: daysAgo(100) })
    const cert = await scene.write('tls.crt', expired.leaf.pem + expired.issuer.pem)
    const key = await scene.write('tls.key', expired.key.pem.reveal(), 0o644)
    const run = await adopt(scene, [cert, key])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      warnings: [
        containing('it has expired, '),
        `${cert}: everybody on this host can read the key in ${key}, and in its successors too; --key-mode 0600 ends that`,
      ],
    })
    expect(resultsOf(await renew(scene, '--all'))).toMatchObject([{ action: 'renewed', reason: 'it has expired' }])
  })

  test('adds files and hooks that are told, which come with the first renewal', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    await adopt(scene, [crt, key], '--combined-file', 'all.pem', '--key-mode', '0640', '--deploy', '/bin/true')
    const [result] = resultsOf(await renew(scene, crt, '--force'))
    expect(result).toMatchObject({
      deployment: { state: 'deployed' },
      plainFiles: { combinedFile: scene.path('all.pem') },
    })
    expect(await modeOf(scene.path('all.pem'))).toBe('640')
    expect(await modeOf(key)).toBe('640')
  })

  test('leaves its files alone also when a hook is added by renew', async ({ scene }) => {
    const [crt] = await tools.step(scene.path('step'), name, foreign)
    await adopt(scene, [crt])
    const before = await snapshot(scene.path('step'), { times: true })
    const run = await renew(scene, crt, '--deploy', '/bin/true', '--combined-file', scene.path('all.pem'))
    expect(resultsOf(run)).toMatchObject([{ action: 'not-due', written: [scene.path('all.pem')] }])
    expect(await snapshot(scene.path('step'), { times: true })).toEqual(before)
  })

  test.runIf(isRoot)('keeps owner and group of each file', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    await chown(key, 1234, 2345)
    await chmod(key, 0o440)
    await adopt(scene, [crt, key])
    await renew(scene, crt, '--force')
    await expectSuccessor({ fullchainFile: crt, keyFile: key })
    expect(await stat(key)).toMatchObject({ uid: 1234, gid: 2345 })
    expect(await modeOf(key)).toBe('440')
    expect(await stat(crt)).toMatchObject({ uid: 0, gid: process.getegid!() })
  })
})

describe.concurrent('adopting for an issuer in Vault', () => {
  test('records role and mount, asks whether the role will do, and issues nothing', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    const run = await scene.run(['adopt', crt, key, '--role', 'any', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({ results: [{ issuer: { kind: 'vault', name: 'vault' } }] })
    const record = JSON.parse(await readFile(join(resultsOf(run)[0]!.dir, 'certctl.json'), 'utf8')) as object
    expect(record).toMatchObject({ issuer: { kind: 'vault', mount: 'pki', role: 'any' }, adopted: true, name })
    const renewed = await scene.run(['renew', crt, '--force', '--json'])
    expect(resultsOf(renewed)).toMatchObject([{ action: 'renewed', certificate: { keyType: 'rsa2048' } }])
    const after = JSON.parse(await readFile(join(resultsOf(run)[0]!.dir, 'certctl.json'), 'utf8')) as object
    expect(after).not.toHaveProperty('adopted')
  })

  test('needs neither token nor server, and says that nothing is proven', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    const without = await scene.run(['adopt', crt, key, '--json'], { env: { VAULT_TOKEN: undefined } })
    expect(without).toMatchObject({ code: 0 })
    expect(without.json()).toMatchObject({
      warnings: [containing("not proven that renewals will work: the issuer can't be asked: token is required")],
    })
    const away = await scene.run(['adopt', crt, key, '--json', '--ttl', '2h', '--max-retries', '0'], {
      env: { VAULT_ADDR: 'http://127.0.0.1:1' },
    })
    expect(away).toMatchObject({ code: 0 })
    expect(away.json()).toMatchObject({
      results: [{ action: 'updated' }],
      warnings: [containing('not proven that renewals will work: server: ')],
    })
  })

  test('tells of a role that would refuse the successor', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    const run = await scene.run(['adopt', crt, key, '--role', 'nowhere', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      warnings: expect.arrayContaining([containing('not proven that renewals will work: role "nowhere"')]) as string[],
    })
  })

  test('does not revoke what another issuer gave, and says so', async ({ scene }) => {
    const [crt, key] = await tools.step(scene.path('step'), name, foreign)
    await scene.run(['adopt', crt, key, '--deploy', '/bin/true', '--revoke-previous'])
    const run = await scene.run(['renew', crt, '--force', '--json'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.json()).toMatchObject({
      warnings: [containing(`${foreign.leaf.serial}, which was taken over, is not revoked`)],
    })
    const again = await scene.run(['renew', crt, '--force', '--json'])
    expect(resultsOf(again)).toMatchObject([{ deployment: { revoked: [expect.any(String)] } }])
  })
})

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 24 * 3600 * 1000)
}
