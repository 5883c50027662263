import { Duration } from '../../core/duration.ts'
import { FileError } from '../../core/errors.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { CertificateSet } from '../../files/certificate-set.ts'
import { keyTypes, type KeyType } from '../../pki/key-type.ts'
import { parseSan, type San } from '../../pki/names.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { AdoptionOrder } from './adoption-order.ts'
import type { Pair } from './pair-up.ts'

/** How successors are to be. */
export type Successors = Pick<AdoptionOrder, 'issuer' | 'ttl' | 'keyType' | 'reuseKey'>

/** What is kept of a certificate that is taken over: itself, and how a successor like it is asked for. */
export function adoptedSet(pair: Pair, order: Successors): CertificateSet {
  const { leaf, key, root } = pair
  const chain = pair.chain.map(({ pem }) => pem).join('')
  return {
    cert: leaf.pem,
    chain,
    fullchain: leaf.pem + chain,
    key: key.pem,
    ca: root?.pem,
    record: recordOf(pair, order),
  }
}

function recordOf({ leaf, path }: Pair, { issuer, ttl, keyType, reuseKey }: Successors): CertificateRecord {
  const name = leaf.commonName ?? leaf.sans[0]?.value
  if (name === undefined) {
    throw new FileError(
      `the certificate in ${path} names nothing: it has neither a common name nor alternative names`,
      {
        code: 'nameless',
        hint: 'make one with a name: certctl issue NAME',
        facts: { path },
      },
    )
  }
  return {
    schema: 1,
    issuer,
    name,
    sans: namesOf(leaf, name).map(({ type, value }) => ({ type, value })),
    ttlSeconds: (ttl ?? validityOf(leaf)).seconds,
    keyType: keyType ?? knownKeyType(leaf),
    keyOrigin: reuseKey ? 'file' : 'generated',
    csr: null,
    adopted: true,
  }
}

/** A certificate of the old kind has its name in the subject alone, where nobody looks any more (RFC 9525). */
function namesOf({ sans }: Certificate, name: string): readonly San[] {
  if (sans.length > 0) return sans
  try {
    return [parseSan(name)]
  } catch {
    return []
  }
}

/** As it was asked for: issuers date it back a little, and leave out the last second (RFC 5280, 4.1.2.5). */
function validityOf({ notBefore, notAfter }: Certificate): Duration {
  const seconds = Duration.between(notBefore, notAfter).seconds
  const unit = seconds >= 24 * 3600 ? 3600 : 60
  return Duration.ofSeconds(Math.max(unit, Math.round(seconds / unit) * unit))
}

/** Null for the kinds that certctl does not make. */
export function knownKeyType({ keyType }: Certificate): KeyType | null {
  return keyTypes.find((known) => known === keyType) ?? null
}
