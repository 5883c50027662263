import type { Duration } from '../core/duration.ts'
import { UsageError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { hasControls, longestCommonName } from '../pki/common-name.ts'
import type { Csr } from '../pki/csr.ts'
import { parseSan, sameSan, type San } from '../pki/names.ts'
import type { KeySource, WantedCertificate } from './obtain-certificate.ts'

export interface IssueQuestion {
  /** Undefined only where a CSR names the certificate. */
  readonly name: string | undefined
  readonly sans: readonly string[]
  readonly ttl: Duration | undefined
  readonly key: KeySource
}

export interface IssuePlan {
  readonly name: string
  readonly wanted: WantedCertificate
  /** Where the files go when the operator does not say; undefined when the name is no DNS name and no IP address. */
  readonly directory: string | undefined
}

/** Sorts out the names: NAME is the common name and, where it can be one, the first alternative name. */
export function planIssue({ name, sans, ttl, key }: IssueQuestion): IssuePlan {
  const asked = sans.map(parseSan)
  if (key.origin === 'csr') return planForCsr(key.csr, name, asked, ttl, key)
  if (name === undefined) {
    throw new UsageError('NAME is missing', { hint: 'certctl issue NAME, as in: certctl issue web.example.com' })
  }
  if (name.trim() === '') throw new UsageError('NAME is empty', { hint: 'as in: certctl issue web.example.com' })
  // A list that was read as one name has them.
  if (hasControls(name)) {
    throw new UsageError(`NAME has a line break or another control character: "${printable(name)}"`, {
      hint: 'give one name; others go in --san',
    })
  }
  const own = nameAsSan(name)
  const commonName = own?.value ?? name
  if (own === undefined && commonNameFor(name) === undefined) {
    throw new UsageError(
      `NAME is longer than the ${longestCommonName} characters of a common name, and no other name`,
      {
        hint: 'shorten it, or give a DNS name, an IP address, an email address or a URI',
      },
    )
  }
  return {
    name: commonName,
    wanted: { commonName: commonNameFor(commonName), sans: unique(own ? [own, ...asked] : asked), ttl, key },
    directory: defaultDirectory(own),
  }
}

function planForCsr(
  csr: Csr,
  name: string | undefined,
  asked: readonly San[],
  ttl: Duration | undefined,
  key: KeySource,
): IssuePlan {
  const own = csr.commonName ?? csr.sans[0]?.value
  if (own === undefined)
    throw new UsageError('the CSR names nothing: it has neither a common name nor alternative names', {
      hint: 'put a name into it: openssl req -new -subj /CN=NAME',
    })
  const names = [own, ...csr.sans.map(({ value }) => value)]
  const isNamed = name === undefined || names.some((one) => isSameName(one, name))
  if (!isNamed)
    throw new UsageError(`NAME is "${name}", but the CSR is for ${own}`, {
      hint: 'leave out NAME; it comes from the CSR',
    })
  const sans = unique([...csr.sans, ...asked])
  return {
    name: own,
    wanted: { commonName: csr.commonName, sans, ttl, key },
    directory: defaultDirectory(nameAsSan(own)),
  }
}

/** Undefined for a name that only a common name can hold. */
function nameAsSan(name: string): San | undefined {
  try {
    return parseSan(name)
  } catch {
    return undefined
  }
}

function isSameName(one: string, other: string): boolean {
  const canonical = nameAsSan(other)
  return one === other || (canonical !== undefined && nameAsSan(one)?.value === canonical.value)
}

/** Undefined for a name that is too long for a common name: it then stands among the alternative names alone. */
export function commonNameFor(name: string): string | undefined {
  return name.length > longestCommonName ? undefined : name
}

/** Where the files of a certificate go whose directory is not told; undefined for what is no DNS name and no IP address. */
export function directoryFor(name: string): string | undefined {
  return defaultDirectory(nameAsSan(name))
}

function defaultDirectory(own: San | undefined): string | undefined {
  return own?.type === 'dns' || own?.type === 'ip' ? own.value.replace(/^\*\./, '') : undefined
}

function unique(sans: readonly San[]): readonly San[] {
  return sans.filter((san, index) => sans.findIndex((other) => sameSan(san, other)) === index)
}
