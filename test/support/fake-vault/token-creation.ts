import { parseGoDuration } from './go-duration.ts'
import { Parameters } from './parameters.ts'
import { Refusal } from './reply.ts'
import type { Token, TokenType } from './token.ts'

/** What `auth/token/create` was asked for, checked in Vault's order and words. Durations in seconds, zero is "none". */
export interface TokenCreation {
  readonly id: string
  readonly type: TokenType
  readonly policies: readonly string[]
  readonly meta: Readonly<Record<string, string>> | null
  readonly displayName: string
  readonly ttl: number
  readonly explicitMaxTtl: number
  readonly period: number
  readonly numUses: number
  readonly renewable: boolean
  readonly orphan: boolean
  /** Of who logged in. */
  readonly entityId?: string
  readonly warnings: readonly string[]
}

const schema = {
  id: 'text',
  policies: 'texts',
  meta: 'map',
  no_parent: 'boolean',
  no_default_policy: 'boolean',
  renewable: 'boolean',
  // These three are texts here: Vault reads them later, with errors of another form.
  ttl: 'text',
  explicit_max_ttl: 'text',
  period: 'text',
  lease: 'text',
  display_name: 'text',
  num_uses: 'integer',
  type: 'text',
  entity_alias: 'text',
} as const

export function readTokenCreation(
  body: Readonly<Record<string, unknown>>,
  parent: Token,
  isOrphan: boolean,
): TokenCreation {
  const parameters = new Parameters(body, schema)
  if (parent.numUses > 0) throw new Refusal(400, 'restricted use token cannot generate child tokens')
  const type = readType(parameters)
  const numUses = parameters.integer('num_uses')
  if (numUses < 0) throw new Refusal(400, 'number of uses cannot be negative')
  const creation = {
    id: parameters.text('id'),
    type,
    policies: readPolicies(parameters, parent),
    meta: parameters.map('meta'),
    displayName: readDisplayName(parameters),
    explicitMaxTtl: readDuration(parameters, 'explicit_max_ttl'),
    period: readDuration(parameters, 'period'),
    ttl: readDuration(parameters, 'ttl') || readDuration(parameters, 'lease'),
    numUses,
    renewable: type === 'service' && parameters.boolean('renewable', true),
    orphan: isOrphan || parameters.boolean('no_parent', false),
    warnings: parameters.warnings,
  }
  if (type === 'batch') refuseForBatch(creation)
  return creation
}

function readType(parameters: Parameters): TokenType {
  const type = parameters.text('type')
  if (type === '' || type === 'service') return 'service'
  if (type === 'batch') return 'batch'
  throw new Refusal(400, "invalid 'token_type' value")
}

function readPolicies(parameters: Parameters, parent: Token): readonly string[] {
  const asked = parameters.list('policies')
  const named = asked.length > 0 ? asked : parent.policies
  if (!parent.policies.includes('root') && asked.some((policy) => !parent.policies.includes(policy))) {
    throw new Refusal(400, 'child policies must be subset of parent')
  }
  if (named.includes('root')) return ['root']
  const withDefault = parameters.boolean('no_default_policy', false) ? named : [...named, 'default']
  return [...new Set(withDefault)].toSorted()
}

function readDisplayName(parameters: Parameters): string {
  const name = parameters.text('display_name')
  if (name === '') return 'token'
  return `token-${name}`.replace(/[^a-zA-Z0-9-]/g, '-').replace(/-+$/, '')
}

function readDuration(parameters: Parameters, name: string): number {
  try {
    const seconds = parseGoDuration(parameters.text(name))
    if (seconds < 0) throw new Error(`${name} must be positive`)
    return seconds
  } catch (error) {
    throw new Refusal(400, (error as Error).message)
  }
}

function refuseForBatch(creation: Omit<TokenCreation, 'warnings'>): void {
  if (creation.policies.includes('root')) throw new Refusal(400, 'batch tokens cannot be root tokens')
  const forbidden = { explicit_max_ttl: creation.explicitMaxTtl, num_uses: creation.numUses, period: creation.period }
  for (const [name, value] of Object.entries(forbidden)) {
    if (value > 0) throw new Refusal(400, `batch tokens cannot have "${name}" set`)
  }
}
