import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { makePkcs12 } from '../support/make-pkcs12.ts'
import { makeCsr } from '../support/test-csr.ts'
import { TestCa } from '../support/test-ca.ts'
import { conversations, startTlsService, type TlsServiceOptions } from '../support/tls-service.ts'
import { refusal } from './support/refusal.ts'
import { type Scene, test } from './support/scene.ts'

const local = { env: { CERTCTL_ISSUER: 'local', VAULT_ADDR: undefined, VAULT_TOKEN: undefined } }

interface Inspected {
  readonly kind: string
  readonly objects: readonly { readonly kind: string; readonly source: string; readonly [fact: string]: unknown }[]
  readonly problems: readonly { readonly code: string; readonly detail: string }[]
}

async function inspect(scene: Scene, args: readonly string[], stdin?: string | Uint8Array): Promise<Inspected> {
  const run = await scene.run(['inspect', ...args, '--json'], stdin === undefined ? {} : { stdin })
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(run.stdout).not.toContain('PRIVATE KEY')
  return run.json() as unknown as Inspected
}

function codes({ problems }: Inspected): readonly string[] {
  return problems.map(({ code }) => code)
}

function kinds({ objects }: Inspected): readonly string[] {
  return objects.map(({ kind }) => kind)
}

async function serve(scene: Scene, options: TlsServiceOptions): Promise<string> {
  const service = await startTlsService(options)
  scene.atEnd(() => service.stop())
  return `127.0.0.1:${service.port}`
}

describe.concurrent('inspect', () => {
  test('says of a directory that certctl made that the key is gone, with the link to it or without', async ({
    scene,
  }) => {
    await scene.run(['issue', 'web.corp'], local)
    await rm(scene.path('web.corp/.certctl/versions/1/privkey.pem'))
    const problem = { code: 'missing-key', detail: 'web.corp/privkey.pem: the private key is gone' }
    expect((await inspect(scene, ['web.corp'])).problems).toEqual([problem])
    await rm(scene.path('web.corp/privkey.pem'))
    expect((await inspect(scene, ['web.corp'])).problems).toEqual([problem])
  })

  test('finds a directory that certctl made in order, and the key to be its own', async ({ scene }) => {
    await scene.run(['issue', 'web.contract.test', '--mount', 'pki_int', '--role', 'all-ec'])
    const seen = await inspect(scene, ['web.contract.test', '--name', 'web.contract.test'])
    expect(seen).toMatchObject({ schema: 1, kind: 'directory', problems: [] })
    expect(seen.objects.map(({ source, kind }) => `${source} ${kind}`)).toEqual([
      'ca.pem certificate',
      'cert.pem certificate',
      'chain.pem certificate',
      'fullchain.pem certificate',
      'fullchain.pem certificate',
      'privkey.pem private-key',
    ])
    const { certificate } = seen.objects[1] as unknown as { certificate: Record<string, unknown> }
    expect(certificate).toMatchObject({
      subject: 'CN=web.contract.test',
      keyType: 'ec256',
      isCa: false,
      extendedKeyUsage: ['serverAuth', 'clientAuth'],
    })
    expect(seen.objects.at(-1)).toMatchObject({
      keyType: 'ec256',
      isEncrypted: false,
      certificateSerial: certificate.serial,
    })
    const text = await scene.run(['inspect', 'web.contract.test'])
    expect(text.stdout).toMatch(/^no problem found\n/m)
    expect(text.stdout).toContain(`private key, ec256, of the certificate ${String(certificate.serial)}`)
  })

  test('finds the key of another certificate, and an unreadable file among the rest', async ({ scene }) => {
    const ca = await TestCa.create()
    const [one, other] = [await ca.server(), await ca.server()]
    await scene.write('web/cert.pem', one.cert)
    await scene.write('web/web.key', other.key)
    await scene.write('web/old.crt', 'hello')
    await scene.write('web/README', 'not looked at')
    const seen = await inspect(scene, ['web'])
    expect(codes(seen)).toEqual(['key-mismatch', 'unreadable'])
  })

  test('reads PEM and DER of every kind, from files and standard input', async ({ scene }) => {
    const { cert, key } = await (await TestCa.create()).server()
    const csr = await makeCsr()
    const der = (args: readonly string[], input: string): Buffer =>
      execFileSync('openssl', [...args, '-outform', 'DER'], { input })
    const inputs: readonly (readonly [string | Uint8Array, string])[] = [
      [cert, 'certificate'],
      [new X509Certificate(cert).raw, 'certificate'],
      [csr, 'request'],
      [der(['req'], csr), 'request'],
      [key, 'private-key'],
      [der(['pkey'], key), 'private-key'],
      [execFileSync('openssl', ['ec'], { input: key, stdio: 'pipe' }), 'private-key'],
      [execFileSync('openssl', ['pkey', '-pubout'], { input: key }), 'public-key'],
      [`text before\r\n${cert.replaceAll('\n', '\r\n')}`, 'certificate'],
    ]
    for (const [content, kind] of inputs) {
      expect(kinds(await inspect(scene, ['-'], content))).toEqual([kind])
      await writeFile(scene.path('input'), content)
      expect(kinds(await inspect(scene, ['input']))).toEqual([kind])
    }
  })

  test('tells what is wrong with a bundle', async ({ scene }) => {
    const ca = await TestCa.create()
    const [{ cert }, expired] = [await ca.server(), await ca.expiredServer()]
    await scene.write('reversed.pem', ca.cert + cert)
    expect(codes(await inspect(scene, ['reversed.pem', '--name', 'other.test']))).toEqual([
      'name-mismatch',
      'wrong-order',
      'root-in-chain',
    ])
    await scene.write('expired.pem', expired.cert)
    const run = await scene.run(['inspect', 'expired.pem'])
    expect(run).toMatchObject({ code: 0 })
    expect(run.stdout).toMatch(/^expired +localhost: expired 1d .* ago/m)
  })

  test('opens PKCS#12 and encrypted keys by a password from a file, and PKCS#12 without one at once', async ({
    scene,
  }) => {
    const pair = await (await TestCa.create()).server()
    await scene.write('password', 'secret word\n')
    await writeFile(scene.path('web.p12'), makePkcs12(pair, { password: 'secret word' }))
    expect(kinds(await inspect(scene, ['web.p12', '--password-file', 'password']))).toEqual([
      'private-key',
      'certificate',
    ])
    await writeFile(scene.path('open.p12'), makePkcs12(pair, { password: '' }))
    expect(kinds(await inspect(scene, ['open.p12']))).toEqual(['private-key', 'certificate'])
    const args = ['pkcs8', '-topk8', '-passout', 'pass:secret word']
    await writeFile(scene.path('web.key'), execFileSync('openssl', args, { input: pair.key }))
    expect((await inspect(scene, ['web.key', '--password-file', 'password'])).objects).toMatchObject([
      { isEncrypted: true },
    ])

    expect(await refusal(scene, ['inspect', 'web.p12'])).toMatchObject({ exitCode: 2, hint: 'give --password-file' })
    await scene.write('wrong', 'another')
    for (const file of ['web.p12', 'web.key'])
      expect(await refusal(scene, ['inspect', file, '--password-file', 'wrong'])).toMatchObject({
        exitCode: 7,
        code: 'wrong-password',
      })
  })

  test('prints all of a certificate and of a request as openssl lays it out, and no key', async ({ scene }) => {
    const { cert, key } = await (await TestCa.create()).server()
    const run = await scene.run(['inspect', '-', '--text'], { stdin: cert + key + (await makeCsr()) })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^Certificate:\n {2}Data:\n {4}Version: v3/)
    expect(run.stdout).toMatch(/^Private-Key: ec256$/m)
    expect(run.stdout).toMatch(/^PKCS#10 Certificate Request:$/m)
  })

  test('shows what an endpoint serves, against the CA that is meant', async ({ scene }) => {
    const ca = await TestCa.create()
    const pair = await ca.server()
    await scene.write('ca.pem', ca.cert)
    const address = await serve(scene, pair)
    const seen = await inspect(scene, [address, '--ca-cert', 'ca.pem'])
    expect(seen).toMatchObject({
      kind: 'endpoint',
      endpoint: {
        host: '127.0.0.1',
        serverName: null,
        startTls: null,
        protocol: 'TLSv1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
      },
      problems: [],
    })
    expect(codes(await inspect(scene, [address]))).toEqual(['missing-intermediate'])
    const named = await inspect(scene, [address, '--ca-cert', 'ca.pem', '--name', 'other.test'])
    expect(named).toMatchObject({ endpoint: { serverName: 'other.test' } })
    expect(codes(named)).toEqual(['name-mismatch'])
    const chain = await serve(scene, { ...pair, cert: pair.cert + ca.cert })
    expect(codes(await inspect(scene, [chain, '--ca-cert', 'ca.pem']))).toEqual(['root-in-chain'])
  })

  test('shows it behind IPv6 and STARTTLS', async ({ scene }) => {
    const pair = await (await TestCa.create()).server(['::1', 'localhost'])
    const service = await startTlsService({ ...pair, host: '::1', inClear: conversations.smtp })
    scene.atEnd(() => service.stop())
    const seen = await inspect(scene, [`[::1]:${service.port}`, '--starttls', 'smtp'])
    expect(seen).toMatchObject({ endpoint: { host: '::1', startTls: 'smtp', address: '::1' } })
    expect(codes(seen)).not.toContain('name-mismatch')
  })

  test.for([
    ['gone.pem', [], 7, 'no such file'],
    ['gone.test', [], 7, 'no such file'],
    ['text', [], 7, 'holds no certificate, request, key or PKCS#12'],
    ['empty', [], 7, 'holds no certificate'],
    ['cut.pem', [], 7, "can't be read"],
    ['', [], 2, 'empty text'],
    ['text', ['--starttls', 'smtp'], 2, '--starttls goes with an endpoint'],
    ['127.0.0.1:9', ['--starttls', 'gopher'], 2, 'Expected'],
    ['127.0.0.1:9', [], 5, 'connection refused'],
    ['unknown.invalid:443', ['--timeout', '5s'], 5, 'unknown.invalid:443 did not answer'],
  ] as const)('refuses %j %j with %i', async ([target, args, exitCode, words], { scene }) => {
    await scene.write('text', 'hello')
    await scene.write('empty', '')
    await scene.write('cut.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
    const error = await refusal(scene, ['inspect', target, ...args])
    expect(error).toMatchObject({ exitCode })
    expect(error.message.toLowerCase()).toContain(words.toLowerCase())
  })

  test('says that a directory holds nothing of the kind', async ({ scene }) => {
    await scene.write('web/README', 'hello')
    expect(await refusal(scene, ['inspect', 'web'])).toMatchObject({ exitCode: 7, code: 'unknown-content' })
    const unknown = { exitCode: 7, code: 'unknown-content' }
    const stdin = await refusal(scene, ['inspect', '-'], { stdin: 'nothing of the kind' })
    expect(stdin).toMatchObject({ ...unknown, hint: 'see what it is: COMMAND | file -' })
    await scene.write('a b', 'nothing of the kind')
    expect(await refusal(scene, ['inspect', 'a b'])).toMatchObject({ ...unknown, hint: "see what it is: file 'a b'" })
  })

  test('follows what is published by an issue of the embedded CA', async ({ scene }) => {
    await scene.run(['issue', 'localhost'], local)
    await rm(scene.path('localhost/ca.pem'))
    expect(await readFile(scene.path('localhost/chain.pem'), 'utf8')).toBe('')
    expect(codes(await inspect(scene, ['localhost']))).toEqual([])
  })
})
