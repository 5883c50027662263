import { findVariable } from './environment.ts'
import { parseSetting } from './parse-setting.ts'
import type { Sourced } from './settings.ts'
import { findSetting, levels, type Finding, type Level, type Sources } from './sources.ts'

export type TrustedCa =
  | { readonly kind: 'file'; readonly path: string }
  /** PEM, straight from a variable. */
  | { readonly kind: 'text'; readonly pem: string }
  | { readonly kind: 'directory'; readonly path: string }

/**
 * What replaces the system roots, if anything does: of the same level of precedence a file goes before a text
 * and a text before a directory, as in Vault, which takes the first and ignores the others.
 */
export function findTrustedCa(sources: Sources): Sourced<TrustedCa> | undefined {
  const found = [fromFile(sources), fromText(sources), fromDirectory(sources)].filter((one) => one !== undefined)
  const [first] = found.toSorted((one, other) => levels.indexOf(one.level) - levels.indexOf(other.level))
  return first && { value: first.value, source: first.source }
}

type Candidate = Sourced<TrustedCa> & { readonly level: Level }

function fromFile(sources: Sources): Candidate | undefined {
  const finding = findSetting('caCert', sources)
  return finding && candidate(finding, { kind: 'file', path: parseSetting('caCert', finding.raw, finding) })
}

function fromDirectory(sources: Sources): Candidate | undefined {
  const finding = findSetting('caPath', sources)
  return finding && candidate(finding, { kind: 'directory', path: parseSetting('caPath', finding.raw, finding) })
}

function fromText({ environment, isAlone }: Sources): Candidate | undefined {
  const variable = isAlone ? undefined : findVariable(environment, 'BAO_CACERT_BYTES', 'VAULT_CACERT_BYTES')
  if (!variable) return undefined
  return { value: { kind: 'text', pem: variable.value }, source: variable.name, level: 'vault-variable' }
}

function candidate({ source, level }: Finding, value: TrustedCa): Candidate {
  return { value, source, level }
}
