import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../../../src/core/secret.ts'
import { parseCertificates } from '../../../../src/pki/certificate.ts'
import { formatPkcs12, type Pkcs12Content } from '../../../../src/pki/pkcs12/pkcs12.ts'
import { generatePrivateKey, type KeyType, parsePrivateKey } from '../../../../src/pki/private-key.ts'
import { signLeaf } from '../../../../src/pki/sign-certificate.ts'
import { hasKeytool, keytool } from '../../../support/java.ts'
import { openssl } from '../../../support/openssl.ts'
import { makeOwnCa, type OwnCa } from '../../../support/own-ca.ts'

const password = 'a "pass" w0rd ~!'
const withPassword = { environment: { PW: password } }

let ca: OwnCa
let directory: string

beforeAll(async () => {
  ca = await makeOwnCa()
  directory = mkdtempSync(join(tmpdir(), 'certctl-pkcs12-'))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe.each([
  { strength: 'modern', isLegacy: false, encryption: 'PBES2, PBKDF2, AES-256-CBC', mac: 'sha256' },
  { strength: 'legacy', isLegacy: true, encryption: 'pbeWithSHA1And3-KeyTripleDES-CBC', mac: 'sha1' },
])('a PKCS#12 file of $strength strength', ({ isLegacy, encryption, mac }) => {
  it.each<KeyType>(['ec256', 'rsa2048', 'ed25519'])('is opened by openssl, with a key of type %s', async (type) => {
    const content = await contentOf(type, isLegacy)
    const path = await fileOf(content)
    const shown = openssl(['pkcs12', '-in', path, '-passin', 'env:PW', '-nodes', '-info'], {}, withPassword)
    expect(
      parseCertificates(shown, path)
        .map(({ fingerprintSha256 }) => fingerprintSha256)
        .sort(),
    ).toEqual([content.leaf, ...content.chain].map(({ fingerprintSha256 }) => fingerprintSha256).sort())
    expect(parsePrivateKey(shown, path).pem.equals(content.key.pem)).toBe(true)
    expect(shown.match(/friendlyName: web$/gm)).toHaveLength(2)
  })

  it('is encrypted and authenticated as its readers expect', async () => {
    const path = await fileOf(await contentOf('ec256', isLegacy))
    const parsed = openssl(
      ['pkcs12', '-in', path, '-passin', 'env:PW', '-noout', '-info'],
      {},
      { ...withPassword, withErrors: true },
    )
    expect(parsed.match(new RegExp(`(?:PKCS7 Encrypted data|Shrouded Keybag): ${encryption}`, 'g'))).toHaveLength(2)
    expect(parsed).toContain(`MAC: ${mac}, Iteration 10000`)
  })

  it('is refused with another password', async () => {
    const path = await fileOf(await contentOf('ec256', isLegacy))
    expect(() => openssl(['pkcs12', '-in', path, '-passin', 'pass:other', '-noout'])).toThrow('invalid password')
  })

  it.runIf(hasKeytool)('is opened by Java, which finds key and chain under the alias', async () => {
    const content = await contentOf('ec256', isLegacy)
    const path = await fileOf(content)
    const shown = keytool(['-list', '-v', '-storetype', 'PKCS12', '-keystore', path, '-storepass', password])
    expect(shown).toContain('Alias name: web')
    expect(shown).toContain('Entry type: PrivateKeyEntry')
    expect(shown).toContain('Certificate chain length: 2')
    const fingerprint = new X509Certificate(content.leaf.pem).fingerprint256
    expect(shown).toContain(`SHA256: ${fingerprint}`)
  })

  it('serves TLS', async () => {
    const content = await contentOf('ec256', isLegacy)
    const server = createServer({ pfx: await formatPkcs12(content), passphrase: password })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const socket = connect({ host: '127.0.0.1', port, ca: ca.certificate.pem, servername: 'web.example.com' })
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    expect(socket.getPeerCertificate().fingerprint256.toLowerCase()).toBe(content.leaf.fingerprintSha256)
    socket.destroy()
    await once(server.close(), 'close')
  })
})

describe('formatPkcs12', () => {
  it('gives the same bytes for the same content, and others for any other', async () => {
    const content = await contentOf('ec256', false)
    const bytes = await formatPkcs12(content)
    expect((await formatPkcs12({ ...content })).equals(bytes)).toBe(true)
    const others: Partial<Pkcs12Content>[] = [
      { password: new Secret('other') },
      { alias: 'other' },
      { chain: [] },
      { isLegacy: true },
    ]
    const salts = new Set([saltIn(bytes)])
    for (const change of others) {
      salts.add(saltIn(await formatPkcs12({ ...content, ...change })))
    }
    expect(salts.size).toBe(others.length + 1)
  })

  it('holds the alias in UTF-16, in the part with the key, which is not encrypted as a whole', async () => {
    const bytes = await formatPkcs12({ ...(await contentOf('ec256', false)), alias: 'wéb ✓' })
    expect(bytes.includes(Buffer.from('wéb ✓', 'utf16le').swap16())).toBe(true)
  })
})

async function contentOf(type: KeyType, isLegacy: boolean): Promise<Pkcs12Content> {
  const key = await generatePrivateKey(type)
  const name = 'web.example.com'
  const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2046-01-01T00:00:00Z')]
  const request = { commonName: name, sans: [{ type: 'dns', value: name }], publicKey: key.publicKey } as const
  const leaf = await signLeaf({ ...request, notBefore, notAfter }, ca)
  return { leaf, chain: [ca.certificate], key, password: new Secret(password), alias: 'web', isLegacy }
}

async function fileOf(content: Pkcs12Content): Promise<string> {
  const path = join(directory, 'store.p12')
  writeFileSync(path, await formatPkcs12(content), { mode: 0o600 })
  return path
}

/** The salt of the MAC, which ends the file but for the number of iterations. */
function saltIn(bytes: Buffer): string {
  return bytes.subarray(-20, -4).toString('hex')
}
