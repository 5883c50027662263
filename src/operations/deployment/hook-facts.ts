import { formatTime } from '../../core/time.ts'
import { hookEnvironment } from '../../hooks/hook-environment.ts'
import type { PublishedSet } from '../../files/published-set.ts'
import type { Adopted, Outputs } from '../../files/inventory-entry.ts'
import type { Certificate } from '../../pki/certificate.ts'

/** A certificate that is published, and what tells a hook of it. */
export interface HookSubject {
  /** As the operator named it. */
  readonly directory: string
  readonly published: PublishedSet
  readonly certificate: Certificate
  readonly outputs: Outputs | undefined
  /** What was taken over from another tool. */
  readonly adopted?: Adopted | undefined
}

type Facts = Readonly<Record<string, string | undefined>>

/**
 * The variables of a hook: ours, and those of certbot's and lego's hooks. Facts of one certificate are there only where the
 * hook runs for one: a hook that takes them would else serve one of many, and nobody would see it.
 */
export function hookVariables(own: Facts, subjects: readonly HookSubject[]): Facts {
  const [first, ...others] = subjects
  const one = others.length === 0 ? first : undefined
  return {
    ...hookEnvironment(own, { ...ofAll(subjects), ...ofOne(one) }),
    ...ofCertbot(subjects, one),
    ...ofLego(one),
  }
}

/** What the lists of all certificates have of one. */
export function listedTexts(subject: HookSubject): readonly string[] {
  return [subject.published.record.name, subject.directory, ...domainsOf([subject])]
}

function ofAll(subjects: readonly HookSubject[]): Facts {
  return {
    COUNT: String(subjects.length),
    NAMES: subjects.map(({ published }) => published.record.name).join('\n'),
    DIRS: subjects.map(({ directory }) => directory).join('\n'),
  }
}

// Not CERTCTL_ISSUER, which is a setting: a certctl in the hook would take it for its own.
function ofOne(subject: HookSubject | undefined): Facts {
  const { published, certificate, outputs } = subject ?? {}
  return {
    NAME: published?.record.name,
    DIR: subject?.directory,
    CERT_FILE: published?.files.cert,
    CHAIN_FILE: published?.files.chain,
    FULLCHAIN_FILE: published?.files.fullchain,
    KEY_FILE: published?.files.key ?? undefined,
    CA_FILE: published?.files.ca ?? undefined,
    COMBINED_FILE: outputs?.combinedFile,
    PKCS12_FILE: outputs?.pkcs12File,
    DER_FILE: outputs?.derFile,
    SERIAL: certificate?.serial,
    FINGERPRINT: certificate?.fingerprintSha256,
    NOT_BEFORE: certificate && formatTime(certificate.notBefore),
    NOT_AFTER: certificate && formatTime(certificate.notAfter),
    KEY_TYPE: certificate?.keyType,
    DOMAINS: subject && domainsOf([subject]).join(' '),
    ISSUER_NAME: published && (published.record.issuer.profile ?? published.record.issuer.kind),
    ISSUER_KIND: published?.record.issuer.kind,
  }
}

function ofCertbot(subjects: readonly HookSubject[], one: HookSubject | undefined): Facts {
  return { RENEWED_LINEAGE: one && lineageOf(one), RENEWED_DOMAINS: domainsOf(subjects).join(' ') }
}

/** A hook that was certbot's finds the files where it always has. */
function lineageOf({ directory, adopted }: HookSubject): string {
  return adopted === undefined || adopted.files.includes(adopted.path) ? directory : adopted.path
}

function ofLego(subject: HookSubject | undefined): Facts {
  const { published, certificate, outputs, adopted } = subject ?? {}
  const name = published?.record.name
  const own = (path: string | undefined): string | undefined =>
    path !== undefined && adopted?.files.includes(path) === true ? path : undefined
  return {
    LEGO_HOOK_CERT_NAME: name,
    LEGO_HOOK_CERT_NAME_SANITIZED: name?.replaceAll('*', '_'),
    LEGO_HOOK_CERT_KEY_TYPE: certificate?.keyType.toUpperCase(),
    LEGO_HOOK_CERT_DOMAINS: subject && domainsOf([subject]).join(','),
    // lego's certificate file holds the issuers too.
    LEGO_HOOK_CERT_PATH: own(outputs?.fullchainFile) ?? published?.files.fullchain,
    LEGO_HOOK_CERT_KEY_PATH: own(outputs?.keyFile) ?? published?.files.key ?? undefined,
    LEGO_HOOK_ISSUER_CERT_PATH: own(outputs?.chainFile) ?? published?.files.chain,
    LEGO_HOOK_CERT_PEM_PATH: outputs?.combinedFile,
    LEGO_HOOK_CERT_PFX_PATH: outputs?.pkcs12File,
  }
}

function domainsOf(subjects: readonly HookSubject[]): readonly string[] {
  const domains = subjects.flatMap(({ published: { record }, certificate }) => {
    const sans = certificate.sans.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value)
    return sans.length === 0 ? [record.name] : sans
  })
  return [...new Set(domains)]
}
