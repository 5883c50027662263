import type { Settings } from '../../config/settings.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { ApplyOrder, ToldIssuer } from '../../operations/apply/apply-order.ts'
import { openIssuer, shownAddress, type Surroundings } from '../compose.ts'
import { loadSettings } from '../host-settings.ts'
import { renewalIssuers } from '../renewal-issuers.ts'
import { settingValues } from '../setting-flags.ts'

/** Flags by their names; those that are settings are looked at here. */
export type SettingFlags = Readonly<Record<string, unknown>> & { readonly profile?: string | undefined }

type Issuing = Pick<ApplyOrder, 'told' | 'openIssuer' | 'issuerFor'> & { readonly settings: Settings }

/** The issuers of a file's entries: those with the same settings share one, and its connections. */
export class EntryIssuers {
  readonly #surroundings: (settings: Settings) => Promise<Surroundings>
  readonly #known = new Map<string, Promise<Issuing>>()

  constructor(surroundings: (settings: Settings) => Promise<Surroundings>) {
    this.#surroundings = surroundings
  }

  for(flags: SettingFlags): Promise<Issuing> {
    const key = JSON.stringify([flags.profile, settingValues(flags)])
    const issuing = this.#known.get(key) ?? this.#open(flags)
    this.#known.set(key, issuing)
    return issuing
  }

  async #open(flags: SettingFlags): Promise<Issuing> {
    const settings = await loadSettings(flags)
    const { issuerFor } = await renewalIssuers(flags, this.#surroundings)
    let opened: ReturnType<typeof openIssuer> | undefined
    return {
      settings,
      told: toldIssuer(flags, settings),
      openIssuer: () => (opened ??= this.#surroundings(settings).then((around) => openIssuer(settings, around))),
      issuerFor: (record) => issuerFor(flags.profile === undefined ? record : ofProfile(record, flags.profile)),
    }
  }
}

/**
 * Variables and profiles do not move a certificate that is there to another issuer: only what was told counts, in the form
 * that the record has it in. Of a Vault, the embedded CA knows nothing.
 */
function toldIssuer(flags: SettingFlags, settings: Settings): ToldIssuer {
  const given = settingValues(flags)
  const valueOf = (key: 'issuer' | 'mount' | 'role' | 'issuerRef' | 'namespace'): string | undefined =>
    given[key] === undefined ? undefined : settings[key]?.value
  const { address } = settings
  const place = {
    address: given.address === undefined || address === undefined ? undefined : shownAddress(address.value),
    mount: valueOf('mount'),
    role: valueOf('role'),
    issuerRef: valueOf('issuerRef'),
    namespace: valueOf('namespace'),
  }
  const isLocal = settings.issuer?.value === 'local'
  const told = { kind: valueOf('issuer'), profile: flags.profile, ...(isLocal ? {} : place) }
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
}

/** Of another profile than it was issued by, nothing of the old place holds. */
function ofProfile(record: CertificateRecord, profile: string): CertificateRecord {
  if (record.issuer.profile === profile) return record
  const nowhere = { address: null, mount: null, role: null, issuerRef: null, namespace: null }
  return { ...record, issuer: { ...record.issuer, ...nowhere, profile } }
}
