import type { JsonGeneralNames } from '@peculiar/x509'
import { X509Certificate } from 'node:crypto'
import type { VaultReply } from '../support/ask-vault.ts'
import { type CsrContent, foreignKeyKinds, makeCsr, makeForeignCsr } from '../support/test-csr.ts'
import type { VaultServer } from '../support/vault-server.ts'
import type { Question } from './token-questions.ts'

interface SignRequest extends CsrContent {
  readonly role?: string
  readonly mount?: string
  /** Parameters beside the CSR, or in its place. */
  readonly with?: Readonly<Record<string, unknown>>
}

const names: JsonGeneralNames = [
  { type: 'dns', value: 'b.contract.test' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'email', value: 'ops@contract.test' },
]
const wildcards = [
  '*.contract.test',
  'a*.contract.test',
  '*a.contract.test',
  'a-*.contract.test',
  '_a*.contract.test',
  'a.*.contract.test',
  '**.contract.test',
  '*.evil.example',
  'a*.localhost',
  '*',
]
const uri: JsonGeneralNames = [{ type: 'url', value: 'spiffe://contract.test/app' }]

async function sign(server: VaultServer, asked: SignRequest): Promise<VaultReply> {
  const { role = 'any', mount = 'pki', with: parameters = {}, ...content } = asked
  const csr = await makeCsr(content)
  return server.request('POST', `${mount}/sign/${role}`, { csr, ...parameters }, server.rootToken)
}

/** Each request once; of a certificate that comes back, what it says is compared too. */
function signs(...requests: readonly SignRequest[]): Question {
  return async (server) => {
    const replies: VaultReply[] = []
    for (const request of requests) {
      const reply = await sign(server, request)
      replies.push(reply, ...certificateIn(reply))
    }
    return replies
  }
}

function posts(path: string, ...bodies: readonly unknown[]): Question {
  return async (server) => {
    const replies: VaultReply[] = []
    for (const body of bodies) {
      const reply = await server.request('POST', path, body, server.rootToken)
      replies.push(reply, ...certificateIn(reply))
    }
    return replies
  }
}

function reads(method: string, ...paths: readonly string[]): Question {
  return async (server) => {
    const replies: VaultReply[] = []
    for (const path of paths) replies.push(await server.request(method, path))
    for (const path of paths) replies.push(await server.request(method, path, undefined, server.rootToken))
    return replies
  }
}

function certificateIn({ json }: VaultReply): VaultReply[] {
  const pem = json?.data?.certificate
  if (typeof pem !== 'string' || !pem.startsWith('-----BEGIN CERTIFICATE')) return []
  const { subject, issuer, subjectAltName, keyUsage, ca, validFrom, validTo, publicKey } = new X509Certificate(pem)
  // Half a minute of backdating, less what making a key takes, would lie where rounding turns.
  const minutes = Math.round((Date.parse(validTo) - Date.parse(validFrom) - 15_000) / 60_000)
  const keyType = publicKey.asymmetricKeyType
  return [
    { status: 0, headers: {}, text: '', json: { subject, issuer, subjectAltName, keyUsage, ca, minutes, keyType } },
  ]
}

export const pkiQuestions: Readonly<Record<string, Question>> = {
  'signing for each kind of key': signs(
    { key: 'ec256' },
    { key: 'ec384' },
    { key: 'rsa2048' },
    { key: 'ed25519' },
    { key: 'rsa1024' },
    { key: 'rsa2048', role: 'web' },
    { key: 'ec256', role: 'web' },
    { key: 'rsa1024', role: 'web' },
    { key: 'ed25519', role: 'web' },
    { key: 'ec384', role: 'ec' },
    { key: 'rsa2048', role: 'ec' },
    { key: 'ed25519', role: 'ed' },
    { key: 'ec256', role: 'ed' },
  ),
  'signing for kinds of key that certctl does not make': async (server) => {
    const replies: VaultReply[] = []
    for (const kind of foreignKeyKinds) {
      const body = { csr: makeForeignCsr(kind, 'a.contract.test') }
      for (const role of ['any', 'ec'])
        replies.push(await server.request('POST', `pki/sign/${role}`, body, server.rootToken))
    }
    return replies
  },
  'signing on an intermediate': signs(
    { mount: 'pki_int' },
    { mount: 'pki_int', with: { remove_roots_from_chain: true } },
  ),
  'names in the CSR': signs(
    { sans: names },
    { sans: names, with: { exclude_cn_from_sans: true } },
    { commonName: 'A.Contract.Test' },
    { commonName: '*.contract.test' },
    { commonName: '10.0.0.1', sans: [{ type: 'ip', value: '10.0.0.1' }] },
    { commonName: '10.0.0.1', sans: [{ type: 'ip', value: '10.0.0.1' }], with: { exclude_cn_from_sans: true } },
    { commonName: 'ops@contract.test' },
    { sans: [{ type: 'ip', value: '2001:db8::1' }] },
    { commonName: null, sans: names },
    { commonName: null, sans: names, role: 'no-cn' },
    { commonName: null, role: 'no-cn' },
    { role: 'uri', sans: uri },
  ),
  'names that are not allowed': signs(
    { commonName: 'Bob Smith' },
    { commonName: 'a_b.contract.test' },
    { commonName: 'evil.example', role: 'ec' },
    { commonName: 'contract.test', role: 'ec' },
    { commonName: 'a.notcontract.test', role: 'ec' },
    { commonName: 'localhost', role: 'ec' },
    { commonName: 'x.localhost', role: 'ec' },
    { commonName: '*.contract.test', role: 'ec' },
    { commonName: '*.evil.example', role: 'ec' },
    { commonName: 'ops@a.contract.test', role: 'ec' },
    { commonName: 'ops@evil.example', role: 'ec' },
    { role: 'ec', sans: [{ type: 'dns', value: 'evil.example' }] },
    { role: 'ec', sans: [{ type: 'email', value: 'a@evil.example' }] },
    { role: 'ec', sans: uri },
    { sans: uri },
    { role: 'uri', sans: [{ type: 'url', value: 'spiffe://evil.example/app' }] },
    { role: 'no-ip', sans: names },
  ),
  'wildcards, also within a label': signs(
    ...['any', 'ec', 'glob', 'bare', 'no-wildcards', 'any-text', 'free-cn'].flatMap((role) =>
      wildcards.map((commonName) => ({ role, commonName, with: { exclude_cn_from_sans: true } })),
    ),
  ),
  'common names by the validations of the role': signs(
    ...['mail-cn', 'host-cn', 'free-cn'].flatMap((role) =>
      ['a.contract.test', 'ops@a.contract.test', 'Bob Smith', 'evil.example'].flatMap((commonName) => [
        { role, commonName },
        { role, commonName, with: { exclude_cn_from_sans: true } },
      ]),
    ),
  ),
  'parameters beside a CSR that has the say': signs(
    { with: { common_name: 'z.contract.test' } },
    { with: { common_name: 'a.contract.test', alt_names: 'b.contract.test' } },
    { sans: names, with: { alt_names: 'x.contract.test', ip_sans: '1.2.3.4', uri_sans: 'a://b' } },
    { commonName: null, with: { common_name: 'z.contract.test' } },
    { with: { ou: 'x', key_type: 'ec', zebra: 1 } },
    { with: { role: 'other' } },
    { with: { other_sans: '1.2.3;UTF8:x' } },
    { with: { serial_number: '1' } },
    { with: { user_ids: 'me' } },
  ),
  'parameters where the CSR has no say': signs(
    { role: 'no-csr-names' },
    { role: 'no-csr-names', sans: names, with: { common_name: 'z.contract.test' } },
    {
      role: 'no-csr-names',
      with: { common_name: 'z.contract.test', alt_names: 'y.contract.test,me@contract.test', ip_sans: '1.2.3.4,::1' },
    },
    { role: 'no-csr-names', with: { common_name: 'z.contract.test', uri_sans: 'a://b' } },
    { role: 'no-csr-names', with: { common_name: 'z.contract.test', ip_sans: 'nope' } },
  ),
  'how long': signs(
    { role: 'short' },
    { role: 'short', with: { ttl: '10m' } },
    { role: 'short', with: { ttl: '2h' } },
    { with: { ttl: '20d' } },
    { with: { ttl: '0' } },
    { with: { ttl: 90 } },
    { with: { ttl: '9000h' } },
    { with: { ttl: '8750h' } },
    { mount: 'pki_int', with: { ttl: '5000h' } },
    { with: { not_after: '2030-01-01T00:00:00Z' } },
    { with: { not_after: 'junk' } },
    { role: 'fixed-end', with: { ttl: '10m' } },
    { with: { ttl: '30m', not_after: '2027-01-01T00:00:00Z' } },
    ...['30x', 'abc', '-5s', '5.5', '1d12h', '', true, {}].map((ttl) => ({ with: { ttl } })),
  ),
  'CSRs that are none': posts('pki/sign/any', {}, { csr: '' }, { csr: 'garbage' }, { csr: 5 }, { csr: ['x'] }),
  'a CSR with a bad signature': signs(
    { isBadlySigned: true },
    { isBadlySigned: true, key: 'rsa2048' },
    { isBadlySigned: true, key: 'rsa2048', role: 'ec' },
  ),
  'roles and issuers that are not there': async (server) => {
    const csr = await makeCsr()
    const ask = (path: string) => server.request('POST', path, { csr }, server.rootToken)
    return [
      await ask('pki/sign/nope'),
      await ask('pki/issue/nope'),
      await ask('pki_none/sign/any'),
      await ask('pki_none/sign/nope'),
      await ask('pki/issuer/nope/sign/any'),
      await ask('pki/issuer/default/sign/any'),
      await ask('pki/sign'),
      await ask('pki/nope'),
      await ask('pki/sign/any/'),
    ]
  },
  'an issuer without its key': async (server) => {
    const listed = await server.request('LIST', 'pki_int/issuers')
    const infos = Object.entries(listed.json?.data?.key_info as Record<string, { key_id: string }>)
    const [id] = infos.find(([, { key_id }]) => key_id === '')!
    const body = { csr: await makeCsr() }
    return [await server.request('POST', `pki_int/issuer/${id}/sign/any`, body, server.rootToken)]
  },
  'issuing with a key of the server': posts(
    'pki/issue/ec',
    { common_name: 'a.contract.test' },
    { common_name: 'a.contract.test', alt_names: 'b.contract.test,c.contract.test', ip_sans: '127.0.0.1', ttl: '1h' },
    { common_name: 'a.contract.test', format: 'pem_bundle' },
    { common_name: 'a.contract.test', format: 'der' },
    { common_name: 'a.contract.test', private_key_format: 'pkcs8' },
    { common_name: 'a.contract.test', remove_roots_from_chain: true },
    { common_name: 'a.contract.test', csr: 'x', key_type: 'rsa' },
    { common_name: 'a.contract.test', format: 'nope' },
    { common_name: 'a.contract.test', alt_names: 'evil.example' },
    { common_name: 'evil.example' },
    { common_name: ['a.contract.test'] },
    { common_name: { x: 1 } },
    {},
  ),
  'issuing RSA and Ed25519 keys': async (server) => [
    ...(await posts('pki/issue/web', { common_name: 'a.contract.test' })(server)),
    ...(await posts('pki/issue/ed', { common_name: 'a.contract.test' })(server)),
  ],
  'issuing on a role for any key': posts('pki/issue/any', { common_name: 'a.contract.test', key_type: 'ec' }),
  'signing with a token that may not': async (server) => {
    const { token } = await server.createToken({ policies: ['default'] })
    return [await server.request('POST', 'pki/sign/any', {}, token), await server.request('POST', 'pki/sign/any', {})]
  },
  'what anybody may read': reads(
    'GET',
    'pki/ca/pem',
    'pki/ca_chain',
    'pki/cert/ca',
    'pki/cert/ca_chain',
    'pki/issuer/default/json',
    'pki/issuer/default/pem',
    'pki/issuer/nope/json',
    'pki/cert/00:11:22',
    'pki/cert/zz',
    'pki_int/ca/pem',
    'pki_int/ca_chain',
    'pki_int/cert/ca_chain',
    'pki_int/issuer/default/json',
    'pki_none/ca/pem',
    'pki_none/ca_chain',
    'pki_none/cert/ca',
    'pki_none/cert/ca_chain',
    'pki_none/issuer/default/json',
  ),
  'what only some may read': reads(
    'GET',
    'pki/roles/web',
    'pki/roles/ec',
    'pki/roles/lease',
    'pki/roles/nope',
    'pki/nope',
  ),
  lists: reads('LIST', 'pki/roles', 'pki_none/issuers'),
  'methods that are not for the path': async (server) => [
    await server.request('GET', 'pki/sign/any', undefined, server.rootToken),
    await server.request('DELETE', 'pki/sign/any', undefined, server.rootToken),
    await server.request('POST', 'pki/ca/pem', {}),
    await server.request('POST', 'pki/cert/00:11', {}, server.rootToken),
  ],
  revoking: async (server) => {
    const signed = await sign(server, {})
    const serial = String(signed.json?.data?.serial_number)
    const revoke = (serial_number: string) => server.request('POST', 'pki/revoke', { serial_number }, server.rootToken)
    return [
      await server.request('GET', `pki/cert/${serial}`),
      await revoke(serial.toUpperCase()),
      await revoke(serial),
      await revoke(serial.replaceAll(':', '-')),
      await server.request('GET', `pki/cert/${serial}`),
      await server.request('GET', `pki/cert/${serial.replaceAll(':', '-').toUpperCase()}`),
      await revoke('00:11'),
      await revoke('zz'),
    ]
  },
  'revoking what the mount has not stored': async (server) => {
    const signed = await sign(server, { role: 'no-store' })
    const { serial_number, certificate } = signed.json?.data ?? {}
    const revoke = (body: unknown) => server.request('POST', 'pki/revoke', body, server.rootToken)
    return [
      signed,
      await server.request('GET', `pki/cert/${String(serial_number)}`),
      await revoke({ serial_number }),
      await revoke({ certificate }),
      await revoke({ serial_number }),
      await server.request('GET', `pki/cert/${String(serial_number)}`),
    ]
  },
  'revoking what is not to be revoked': async (server) => {
    const foreign = await sign(server, { mount: 'pki_int' })
    const ca = await server.request('GET', 'pki/cert/ca')
    const serialOfCa = new X509Certificate(String(ca.json?.data?.certificate)).serialNumber.replace(/(..)(?=.)/g, '$1:')
    const revoke = (body: unknown) => server.request('POST', 'pki/revoke', body, server.rootToken)
    return [
      await revoke({}),
      await revoke({ serial_number: '00:11', certificate: 'x' }),
      await revoke({ certificate: 'zz' }),
      await revoke({ certificate: foreign.json?.data?.certificate }),
      await revoke({ serial_number: serialOfCa.toLowerCase() }),
    ]
  },
  'revoking what has expired': async (server) => {
    const signed = await sign(server, { with: { ttl: '1s' } })
    const body = { serial_number: signed.json?.data?.serial_number }
    return [await server.request('POST', 'pki/revoke', body, server.rootToken)]
  },
  'certificates with a lease': async (server) => {
    const csr = await makeCsr()
    const { token } = await server.createToken({ ttl: '60s' })
    const signed = await server.request('POST', 'pki/sign/lease', { csr, ttl: '1h' }, token)
    await server.revokeToken(token)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const lastUse = await server.createToken({ ttl: '60s', numUses: 1 })
    return [
      signed,
      await server.request('GET', `pki/cert/${String(signed.json?.data?.serial_number)}`),
      await server.request('POST', 'pki/sign/lease', { csr }, lastUse.token),
    ]
  },
}
