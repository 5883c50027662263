import { type KeyObject, createPublicKey, generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { x509 } from '../x509.ts'
import { pemOf, serialOf, toPublicKey } from '../signing-ca.ts'
import { Parameters, type Schema } from './parameters.ts'
import { type PkiCsr, readPkiCsr } from './pki-csr.ts'
import type { PkiIssuer, PkiMount } from './pki-mount.ts'
import { type GrantedNames, grantNames } from './pki-names.ts'
import type { PkiRole } from './pki-role.ts'
import { type GrantedValidity, grantValidity } from './pki-validity.ts'
import { type Answer, Refusal, multierror } from './reply.ts'
import type { Token } from './token.ts'

const issueSchema: Schema = {
  common_name: 'text',
  alt_names: 'texts',
  ip_sans: 'texts',
  uri_sans: 'texts',
  other_sans: 'texts',
  user_ids: 'texts',
  serial_number: 'text',
  ttl: 'duration',
  not_after: 'text',
  format: 'text',
  private_key_format: 'text',
  exclude_cn_from_sans: 'boolean',
  remove_roots_from_chain: 'boolean',
  cert_metadata: 'text',
}
const signSchema: Schema = { ...issueSchema, csr: 'text' }

export interface IssueCall {
  readonly mount: PkiMount
  readonly kind: 'issue' | 'sign'
  readonly captured: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly token: Token
  readonly now: Date
}

/** `issue/:role` and `sign/:role`, also below `issuer/:ref/`; checks come in Vault's order. */
export async function issueCertificate(call: IssueCall): Promise<Answer> {
  const { mount, kind, captured, now } = call
  const parameters = new Parameters(call.body, kind === 'sign' ? signSchema : issueSchema, captured)
  const role = mount.roles.get(captured.role!)
  if (!role) throw new Refusal(400, `unknown role: ${captured.role!}`)
  if (kind === 'issue' && role.keyType === 'any') {
    throw new Refusal(400, 'role key type "any" not allowed for issuing certificates, only signing')
  }
  refuseBadOptions(parameters)
  const issuer = signingIssuer(mount, captured.issuer_ref ?? role.issuerRef)
  const csr = kind === 'sign' ? await readPkiCsr(parameters.text('csr'), role) : undefined
  const names = grantNames(role, parameters, csr)
  refuseAttributes(role, parameters)
  const end = { notAfter: issuer.certificate.notAfter, leafNotAfterBehavior: issuer.leafNotAfterBehavior }
  const validity = grantValidity(role, parameters, mount.maxLeaseTtl, end, now)
  const key = csr ? undefined : await newKey(role)
  const leaf = await sign(issuer, names, validity, csr?.publicKey ?? createPublicKey(key!))
  const lease = keep(call, role, issuer, leaf, validity)
  return {
    data: describe(mount, issuer, leaf, key, parameters),
    warnings: [...validity.warnings, ...passedOver(role, parameters, csr), ...parameters.warnings],
    ...(lease && { lease }),
  }
}

function refuseBadOptions(parameters: Parameters): void {
  if (!['', 'pem', 'der', 'pem_bundle'].includes(parameters.text('format'))) {
    throw new Refusal(400, 'the "format" path parameter must be "pem", "der", or "pem_bundle"')
  }
}

function signingIssuer(mount: PkiMount, ref: string): PkiIssuer & { ca: NonNullable<PkiIssuer['ca']> } {
  const issuer = issuerOr500(mount, ref)
  if (issuer.ca) return { ...issuer, ca: issuer.ca }
  const problem = `unable to fetch corresponding key for issuer ${issuer.id}; unable to use this issuer for signing`
  throw new Refusal(500, multierror(`could not fetch the CA certificate (was one set?): ${problem}`))
}

function issuerOr500(mount: PkiMount, ref: string): PkiIssuer {
  try {
    return mount.issuer(ref)
  } catch (error) {
    const problem = `could not fetch the CA certificate (was one set?): ${(error as Error).message}`
    throw new Refusal(500, multierror(problem))
  }
}

function refuseAttributes(role: PkiRole, parameters: Parameters): void {
  if (parameters.text('ttl') !== '' && (parameters.text('not_after') || role.notAfter) !== '') {
    const problem = 'Either ttl or not_after should be provided. Both should not be provided in the same request.'
    throw new Refusal(400, problem)
  }
  const serial = parameters.text('serial_number')
  if (serial !== '') throw new Refusal(400, `serial_number ${serial} not allowed by this role`)
  for (const id of parameters.texts('user_ids')) throw new Refusal(400, `user_id ${id} is not allowed by this role`)
}

const generate = promisify(generateKeyPair)

async function newKey(role: PkiRole): Promise<KeyObject> {
  if (role.keyType === 'ed25519') return (await generate('ed25519')).privateKey
  if (role.keyType === 'rsa') return (await generate('rsa', { modulusLength: role.keyBits })).privateKey
  return (await generate('ec', { namedCurve: `P-${role.keyBits}` })).privateKey
}

const { digitalSignature, keyAgreement, keyEncipherment } = x509.KeyUsageFlags

function sign(
  issuer: { readonly ca: NonNullable<PkiIssuer['ca']> },
  names: GrantedNames,
  { notBefore, notAfter }: GrantedValidity,
  publicKey: KeyObject,
): Promise<x509.X509Certificate> {
  const of = (type: 'dns' | 'email' | 'ip' | 'url', values: readonly string[]) =>
    values.map((value) => ({ type, value }))
  return issuer.ca.sign({
    commonName: names.commonName,
    publicKey: toPublicKey(publicKey),
    sans: [...of('dns', names.dns), ...of('email', names.emails), ...of('ip', names.ips), ...of('url', names.uris)],
    usages: [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
    keyUsages: digitalSignature | keyAgreement | keyEncipherment,
    notBefore,
    notAfter,
  })
}

/** Stores the certificate and hangs its lease on the token, as the role says. */
function keep(
  call: IssueCall,
  role: PkiRole,
  issuer: PkiIssuer,
  leaf: x509.X509Certificate,
  validity: GrantedValidity,
): Answer['lease'] {
  if (role.noStore) return undefined
  const stored = call.mount.store(leaf, issuer.id)
  if (!role.generateLease) return undefined
  call.token.leases.push(() => (stored.revokedAt ??= call.now))
  const id = `${call.mount.path}/${call.kind}/${role.name}/${randomBytes(12).toString('hex')}`
  const issuedAt = Math.floor(call.now.getTime() / 1000)
  return { id, seconds: validity.notAfter.getTime() / 1000 - issuedAt }
}

/** What was asked beside a CSR that has the say. */
function passedOver(role: PkiRole, parameters: Parameters, csr: PkiCsr | undefined): readonly string[] {
  if (!csr) return []
  const text = (field: string, option: string) =>
    `the ${field} field was provided but the role is set with "${option}" set to true`
  return [
    ...(role.useCsrCommonName && parameters.has('common_name') ? [text('common_name', 'use_csr_common_name')] : []),
    ...(role.useCsrSans && parameters.has('alt_names') ? [text('alt_names', 'use_csr_sans')] : []),
  ]
}

function describe(
  mount: PkiMount,
  issuer: PkiIssuer,
  leaf: x509.X509Certificate,
  key: KeyObject | undefined,
  parameters: Parameters,
): Record<string, unknown> {
  const format = parameters.text('format') || 'pem'
  const encode = (certificate: x509.X509Certificate) =>
    format === 'der' ? Buffer.from(certificate.rawData).toString('base64') : pemOf(certificate)
  const chain = mount.chainOf(issuer)
  const shown = parameters.boolean('remove_roots_from_chain', false) ? chain.filter((one) => !isRoot(one)) : chain
  const bundle = [...(key ? [exportKey(key, 'pem')] : []), ...[leaf, ...chain].map(pemOf)].join('\n')
  const keyFormat = parameters.text('private_key_format')
  return {
    ...(shown.length > 0 && { ca_chain: shown.map(encode) }),
    certificate: format === 'pem_bundle' ? bundle : encode(leaf),
    expiration: Math.floor(leaf.notAfter.getTime() / 1000),
    issuing_ca: encode(issuer.certificate),
    ...(key && {
      private_key: exportKey(key, keyFormat === 'pkcs8' ? 'pkcs8' : format === 'der' ? 'der' : 'pem'),
      private_key_type: key.asymmetricKeyType,
    }),
    serial_number: serialOf(leaf),
  }
}

function isRoot(certificate: x509.X509Certificate): boolean {
  return certificate.subject === certificate.issuer
}

function exportKey(key: KeyObject, format: 'pem' | 'der' | 'pkcs8'): string {
  const traditional = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8'
  const type = format === 'pkcs8' ? 'pkcs8' : traditional
  if (format === 'der')
    return key.export({ type, format: 'der' } as { type: 'pkcs8'; format: 'der' }).toString('base64')
  return key
    .export({ type, format: 'pem' } as { type: 'pkcs8'; format: 'pem' })
    .toString()
    .trimEnd()
}
