import type { AuthenticatedCall, Call, Endpoint, Engine, Handler } from './engine.ts'
import { issueCertificate } from './pki-issuing.ts'
import { type PkiIssuer, type PkiMount, normalSerial } from './pki-mount.ts'
import { revocationTime, revokeCertificate } from './pki-revoking.ts'
import { describePkiRole } from './pki-role.ts'
import { type Answer, Refusal, type Reply, noContent, raw } from './reply.ts'
import { pemOf, serialOf } from '../signing-ca.ts'

/** A PKI mount: issuing, signing, revoking, and what anybody may read of it. */
export function pkiEngine(mount: PkiMount, now: () => Date): Engine {
  return {
    mountPath: `${mount.path}/`,
    type: 'pki',
    endpoints: [...issuing(mount, now), ...administration(mount)],
    openEndpoints: [...authorities(mount), ...issuers(mount), storedCertificate(mount)],
    isOpen: (path) => /^(?:ca|ca\/pem|ca_chain|cert\/.*|issuers\/|issuer\/[^/]+\/(?:json|der|pem))$/.test(path),
  }
}

function issuing(mount: PkiMount, now: () => Date): Endpoint<AuthenticatedCall>[] {
  const handler =
    (kind: 'issue' | 'sign'): Handler<AuthenticatedCall> =>
    ({ parameters, token }, captured) =>
      issueCertificate({ mount, kind, captured, body: parameters, token, now: now() })
  return (['issue', 'sign'] as const)
    .map((kind) => ({
      pattern: new RegExp(`^(?:issuer/(?<issuer_ref>[^/]+)/)?${kind}/(?<role>[^/]+)$`),
      handlers: { update: handler(kind) },
    }))
    .concat({
      pattern: /^revoke$/,
      handlers: { update: ({ parameters }) => revokeCertificate(mount, parameters, now()) },
    })
}

function administration(mount: PkiMount): Endpoint<AuthenticatedCall>[] {
  const readRole: Handler<AuthenticatedCall> = (_, { name }) => {
    const role = mount.roles.get(name!)
    if (!role) throw new Refusal(404)
    return { data: describePkiRole(role) }
  }
  const readIssuer: Handler<AuthenticatedCall> = (_, { ref }) => {
    const issuer = issuerOr500(mount, ref!)
    const { keyId: key_id, leafNotAfterBehavior: leaf_not_after_behavior } = issuer
    return { data: { ...describeIssuer(mount, ref!), key_id, leaf_not_after_behavior, revoked: false } }
  }
  return [
    { pattern: /^roles\/$/, handlers: { list: () => listed([...mount.roles.keys()].toSorted()) } },
    { pattern: /^roles\/(?<name>[^/]+)$/, handlers: { read: readRole } },
    { pattern: /^issuer\/(?<ref>[^/]+)$/, handlers: { read: readIssuer } },
  ]
}

function authorities(mount: PkiMount): Endpoint<Call>[] {
  const issuer = () => mount.issuers[0]
  const pem = () => {
    const found = issuer()
    return found
      ? raw('application/pem-certificate-chain', pemOf(found.certificate))
      : noContent('application/pem-certificate-chain')
  }
  const der = () => {
    const found = issuer()
    return found
      ? raw('application/pkix-cert', Buffer.from(found.certificate.rawData))
      : noContent('application/pkix-cert')
  }
  const chain = () => {
    const found = issuer()
    // The type is wrong for PEM; the real server says so too.
    return found ? raw('application/pkix-cert', chainPem(mount)) : noContent('application/pkix-cert')
  }
  const ca = () => ({ data: { certificate: pemOf(defaultIssuer(mount).certificate), ...notRevoked } })
  const caChain = () => {
    defaultIssuer(mount)
    return { data: { ca_chain: chainPem(mount), certificate: chainPem(mount), ...notRevoked } }
  }
  return [
    { pattern: /^ca$/, handlers: { read: der } },
    { pattern: /^ca\/pem$/, handlers: { read: pem } },
    { pattern: /^ca_chain$/, handlers: { read: chain } },
    { pattern: /^cert\/ca$/, handlers: { read: ca } },
    { pattern: /^cert\/ca_chain$/, handlers: { read: caChain } },
  ]
}

function issuers(mount: PkiMount): Endpoint<Call>[] {
  const list = () => {
    if (mount.issuers.length === 0) throw new Refusal(404)
    const infos = mount.issuers.map((issuer, index) => [issuer.id, issuerInfo(issuer, index === 0)] as const)
    return { data: { keys: infos.map(([id]) => id).toSorted(), key_info: Object.fromEntries(infos) } }
  }
  const json: Handler<Call> = (_, { ref }) => ({ data: describeIssuer(mount, ref!) })
  const pem: Handler<Call> = (_, { ref }) =>
    raw('application/pem-certificate-chain', `${pemOf(issuerOr500(mount, ref!).certificate)}\n`)
  return [
    { pattern: /^issuers\/$/, handlers: { list } },
    { pattern: /^issuer\/(?<ref>[^/]+)\/json$/, handlers: { read: json } },
    { pattern: /^issuer\/(?<ref>[^/]+)\/pem$/, handlers: { read: pem } },
  ]
}

function storedCertificate(mount: PkiMount): Endpoint<Call> {
  const read: Handler<Call> = (_, { serial }) => {
    const stored = mount.certificates.get(normalSerial(serial!)) ?? issuerBySerial(mount, serial!)
    if (!stored) throw new Refusal(404)
    const issuer = stored.revokedAt ? { issuer_id: stored.issuerId } : {}
    return { data: { certificate: pemOf(stored.certificate), ...issuer, ...revocationTime(stored) } }
  }
  return { pattern: /^cert\/(?<serial>[0-9a-f:-]+)$/i, handlers: { read } }
}

function issuerBySerial(mount: PkiMount, serial: string) {
  const found = mount.issuers.find(({ certificate }) => serialOf(certificate) === normalSerial(serial))
  return found && { certificate: found.certificate, issuerId: found.id, revokedAt: undefined }
}

function issuerInfo({ certificate, keyId }: PkiIssuer, isDefault: boolean): Record<string, unknown> {
  return { is_default: isDefault, issuer_name: '', key_id: keyId, serial_number: serialOf(certificate) }
}

const notRevoked = revocationTime({ revokedAt: undefined })

function defaultIssuer(mount: PkiMount) {
  const issuer = mount.issuers[0]
  if (!issuer) throw new Refusal(400, 'no default issuer currently configured')
  return issuer
}

function issuerOr500(mount: PkiMount, ref: string) {
  try {
    return mount.issuer(ref)
  } catch (error) {
    throw new Refusal(500, (error as Error).message)
  }
}

function chainPem(mount: PkiMount): string {
  return mount.chainOf(defaultIssuer(mount)).map(pemOf).join('\n')
}

/** Unlike the answers to `sign`, these PEM texts end in a newline. */
function describeIssuer(mount: PkiMount, ref: string): Record<string, unknown> {
  const issuer = issuerOr500(mount, ref)
  return {
    ca_chain: mount.chainOf(issuer).map((certificate) => `${pemOf(certificate)}\n`),
    certificate: `${pemOf(issuer.certificate)}\n`,
    issuer_id: issuer.id,
    issuer_name: '',
  }
}

function listed(keys: readonly string[]): Answer | Reply {
  if (keys.length === 0) throw new Refusal(404)
  return { data: { keys } }
}
