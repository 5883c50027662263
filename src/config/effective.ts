import { findSetting } from './sources.ts'
import { settingKeys } from './setting-definitions.ts'
import type { Settings } from './settings.ts'
import type { TokenSource } from './token-source.ts'
import { findTrustedCa } from './trusted-ca.ts'

export interface EffectiveSetting {
  readonly key: string
  /** As it was written; never a secret. */
  readonly value: string
  readonly source: string
}

/** Every setting that has a value, and where it came from. An invalid one throws as it would in use. */
export function effective(settings: Settings, token?: TokenSource): readonly EffectiveSetting[] {
  return [
    ...settingKeys.flatMap((key) => (key === 'tokenFile' ? [] : effectiveSetting(settings, key))),
    ...caText(settings),
    ...ofToken(token),
  ]
}

function effectiveSetting(settings: Settings, key: Exclude<keyof Settings, 'profile' | 'sources'>): EffectiveSetting[] {
  const sourced = settings[key]
  const finding = findSetting(key, settings.sources)
  if (!sourced || !finding) return []
  const value = typeof finding.raw === 'object' ? finding.raw.join(', ') : String(finding.raw)
  return [{ key, value, source: sourced.source }]
}

function caText({ sources }: Settings): readonly EffectiveSetting[] {
  const ca = findTrustedCa(sources)
  return ca?.value.kind === 'text' ? [{ key: 'caCertBytes', value: '(PEM)', source: ca.source }] : []
}

function ofToken(token: TokenSource | undefined): readonly EffectiveSetting[] {
  if (!token) return []
  return [{ key: 'token', value: token.path ?? '[redacted]', source: token.source }]
}
