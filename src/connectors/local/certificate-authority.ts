import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { Duration } from '../../core/duration.ts'
import { FileError, UsageError } from '../../core/errors.ts'
import { type Certificate, parseCertificates } from '../../pki/certificate.ts'
import { orderChain } from '../../pki/chain.ts'
import { hasControls, longestCommonName } from '../../pki/common-name.ts'
import { type KeyType, generatePrivateKey, parsePrivateKey } from '../../pki/private-key.ts'
import { type SigningCa, signRoot } from '../../pki/sign-certificate.ts'
import { formatTime } from '../../core/time.ts'
import type { IssuerChain } from '../connector.ts'
import { isWeakKey } from './applicant.ts'
import { AuthorityStore } from './authority-store.ts'
import { emptyRevocationList } from './revocation-register.ts'

/** The embedded CA: what signs, and the chain that its leaves get. */
export interface Authority extends SigningCa, IssuerChain {}

export interface NewAuthority {
  /** The CA's own directory, `local-ca/` of the state directory. */
  readonly directory: string
  readonly clock: Clock
  /** By default one that tells this CA from others. */
  readonly commonName?: string | undefined
  /** `ec256` by default. */
  readonly keyType?: KeyType | undefined
  /** Ten years by default. */
  readonly validity?: Duration | undefined
  /** A CA made elsewhere; `certificates` holds its certificate and may hold its issuers, in PEM. */
  readonly existing?: { readonly certificates: string; readonly key: string } | undefined
  /** Replaces a CA that is there, and keeps it beside. */
  readonly force?: boolean | undefined
}

export interface CreatedAuthority extends Authority {
  /** Where the CA that was there before is kept. */
  readonly replaced: string | undefined
}

/** Backdating lets hosts whose clocks are a little behind use a certificate at once. */
export const backdating = Duration.ofSeconds(60)

const defaultValidity = Duration.ofDays(3650)

/**
 * Makes or takes over a CA; a FileError when there is one and `force` was not given, or when the given one is no good, a
 * UsageError for a name or validity that no CA can have.
 */
export async function createAuthority(options: NewAuthority): Promise<CreatedAuthority> {
  const { clock, existing, force } = options
  const store = new AuthorityStore(options.directory)
  const authority = existing ? takeOver(existing, clock.now()) : await makeRoot(options)
  const certificates = [authority.certificate, ...authority.chain, ...(authority.root ? [authority.root] : [])]
  const files = {
    certificates: [...new Set(certificates.map(({ pem }) => pem))].join(''),
    key: authority.key.pem,
    revocationList: await emptyRevocationList(authority, clock.now()),
  }
  if (force) return { ...authority, replaced: await store.replace(files, clock.now()) }
  await store.create(files)
  return { ...authority, replaced: undefined }
}

/** Undefined when none has been made; a FileError when its files are missing, broken or don't belong together. */
export async function loadAuthority(store: AuthorityStore): Promise<Authority | undefined> {
  if (!store.exists) return undefined
  const names = { certificates: store.certificatePath, key: store.keyPath }
  return assemble({ certificates: await store.readCertificates(), key: await store.readKey() }, names)
}

async function makeRoot({ clock, commonName, keyType, validity }: NewAuthority): Promise<Authority> {
  const problem = commonName === undefined ? undefined : problemOf(commonName)
  if (problem !== undefined)
    throw new UsageError(`the name of the CA ${problem}`, { hint: 'write --name like "Staging CA", or leave it out' })
  if (validity?.isPositive === false)
    throw new UsageError('a CA that is valid for no time signs nothing', { hint: 'write --validity like 730d' })
  const now = clock.now()
  const key = await generatePrivateKey(keyType ?? 'ec256')
  const certificate = await signRoot({
    commonName: commonName ?? `certctl local CA ${randomBytes(4).toString('hex')}`,
    key,
    notBefore: backdating.before(now),
    notAfter: (validity ?? defaultValidity).after(now),
  })
  return { certificate, key, chain: [], root: certificate }
}

function problemOf(name: string): string | undefined {
  if (name.trim() === '') return 'is empty'
  if (hasControls(name)) return 'has a line break or another control character'
  if (name.length > longestCommonName) return `is longer than the ${longestCommonName} characters of a common name`
  return undefined
}

function takeOver(existing: { readonly certificates: string; readonly key: string }, now: Date): Authority {
  const authority = assemble(existing, { certificates: 'the CA certificate', key: 'the CA key' })
  if (authority.certificate.notAfter <= now) {
    throw new FileError(`the CA certificate expired at ${formatTime(authority.certificate.notAfter)}`, {
      hint: 'take over one that is valid, or make a new CA: certctl local init',
    })
  }
  const { keyType, publicKey } = authority.certificate
  if (isWeakKey(publicKey)) {
    throw new FileError(`the CA key is ${keyType}: nobody trusts what so weak a key signs`, {
      hint: 'take over one with RSA of 2048 bits or more, or make a new CA: certctl local init',
    })
  }
  return authority
}

function assemble(
  texts: { readonly certificates: string; readonly key: string },
  names: { readonly certificates: string; readonly key: string },
): Authority {
  const certificates = parseCertificates(texts.certificates, names.certificates)
  if (certificates.length === 0)
    throw new FileError(`${names.certificates} is no certificate`, {
      hint: 'a CA certificate in PEM is needed',
    })
  const key = parsePrivateKey(texts.key, names.key)
  const certificate = certificates.find((one) => key.isFor(one))
  if (!certificate) {
    throw new FileError(`${names.key} does not belong to ${names.certificates}: their public keys differ`, {
      hint: 'name the key that the certificate was made for',
    })
  }
  if (!certificate.isCa)
    throw new FileError(`${names.certificates} is no CA: its basic constraints do not say so`, {
      hint: 'name the certificate of a CA',
    })
  return { certificate, key, ...issuerChain(certificate, certificates) }
}

/** The chain of a leaf: the CA itself is part of it unless it is the root. */
function issuerChain(ca: Certificate, candidates: readonly Certificate[]): IssuerChain {
  const { chain, root } = orderChain(ca, candidates)
  return { chain: ca.isSelfSigned ? [] : [ca, ...chain], root }
}
