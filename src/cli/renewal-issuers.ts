import type { Settings } from '../config/settings.ts'
import { ConfigError, UnsupportedError } from '../core/errors.ts'
import type { Duration } from '../core/duration.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { Issuer } from '../operations/issuer.ts'
import { openIssuer, openLocal, openVault, shownAddress, type Surroundings } from './compose.ts'
import { loadSettings, profileStore } from './host-settings.ts'
import { settingValues } from './setting-flags.ts'
import { requireAddress } from '../config/settings.ts'

type Recorded = CertificateRecord['issuer']

export interface RenewalIssuers {
  /** From a flag alone: a variable or a profile does not change how a certificate was asked for. */
  readonly ttl: Duration | undefined
  readonly issuerFor: (record: CertificateRecord) => Promise<Issuer>
}

/**
 * Issuers for renewals: kind, mount, role and namespace as recorded unless a flag says otherwise; address, TLS, proxy
 * and token from flags, variables and the profile, never from the record. One connection serves all records alike.
 */
export async function renewalIssuers(
  flags: { readonly profile?: string | undefined },
  surroundings: (settings: Settings) => Promise<Surroundings>,
): Promise<RenewalIssuers> {
  const told = await loadSettings(flags)
  const opened = new Map<string, Promise<Issuer>>()
  return {
    ttl: told.ttl?.source === '--ttl' ? told.ttl.value : undefined,
    issuerFor: ({ issuer }) => {
      const key = JSON.stringify(issuer)
      const opening = opened.get(key) ?? openRecorded(issuer, flags, told, surroundings)
      opened.set(key, opening)
      return opening
    },
  }
}

/** The issuer that is asked about a certificate: the one that its record names, else that of the settings. */
export async function issuerOf(
  record: CertificateRecord | undefined,
  flags: { readonly profile?: string | undefined },
  surroundings: (settings: Settings) => Promise<Surroundings>,
): Promise<Issuer> {
  if (record !== undefined) return (await renewalIssuers(flags, surroundings)).issuerFor(record)
  const settings = await loadSettings(flags)
  return openIssuer(settings, await surroundings(settings))
}

async function openRecorded(
  recorded: Recorded,
  flags: object,
  told: Settings,
  surroundings: (settings: Settings) => Promise<Surroundings>,
): Promise<Issuer> {
  const given = settingValues(flags)
  const settings = await settingsFor(recorded, flags, told)
  const kind = given.issuer ?? recorded.kind
  const profile = settings.profile?.name ?? null
  if (kind === 'local') {
    const connector = await openLocal(settings.profile?.name)
    return {
      connector,
      recorded: {
        ...recorded,
        kind,
        profile,
        address: null,
        mount: null,
        role: null,
        issuerRef: null,
        namespace: null,
      },
    }
  }
  if (kind !== 'vault')
    throw new UnsupportedError(`this certctl knows no issuer of kind "${String(kind)}"`, { hint: 'upgrade certctl' })
  const address = shownAddress(requireAddress(settings).value)
  refuseOtherServer(recorded, address, settings)
  const place = {
    mount: given.mount === undefined ? (recorded.mount ?? settings.mount.value) : settings.mount.value,
    role: given.role === undefined ? (recorded.role ?? settings.role?.value) : settings.role?.value,
    issuerRef: given.issuerRef === undefined ? (recorded.issuerRef ?? undefined) : settings.issuerRef?.value,
  }
  const namespace = given.namespace === undefined ? recorded.namespace : (settings.namespace?.value ?? null)
  const connector = await openVault(settings, await surroundings(settings), {
    place,
    namespace: namespace ?? undefined,
  })
  return {
    connector,
    recorded: {
      ...recorded,
      kind,
      profile,
      address,
      mount: place.mount,
      role: place.role ?? null,
      issuerRef: place.issuerRef ?? null,
      namespace,
    },
  }
}

/** The profile that it was issued by, while that is still saved and no other is named. */
async function settingsFor(recorded: Recorded, flags: object, told: Settings): Promise<Settings> {
  if (recorded.profile === null || told.profile?.isNamed === true) return told
  const saved = await profileStore().read()
  return saved.profiles.has(recorded.profile) ? loadSettings(flags, recorded.profile) : told
}

/** A record must not send a token to a server of its choice, and a stray variable must not move a certificate to another CA. */
function refuseOtherServer(recorded: Recorded, address: string, settings: Settings): void {
  const source = settings.address?.source
  if (recorded.address === null || recorded.address === address || source === '--address') return
  throw new ConfigError(
    `the certificate was issued by ${recorded.address}, but ${source ?? 'the setting'} says ${address}`,
    {
      code: 'other-address',
      hint: `if that is meant, confirm it with: --address ${address}`,
    },
  )
}
