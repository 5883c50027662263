import type { Capability, PolicyRules } from '../vault-fixture.ts'

export type Operation = 'read' | 'update' | 'delete' | 'list'

/** What the server's own `default` policy grants, as far as certctl may come near it. */
const defaultPolicy: PolicyRules = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
  'auth/token/revoke-self': ['update'],
  'sys/capabilities-self': ['update'],
  'sys/leases/renew': ['update'],
  'sys/leases/lookup': ['update'],
  'sys/wrapping/wrap': ['update'],
  'sys/wrapping/lookup': ['update'],
  'sys/wrapping/unwrap': ['update'],
  'cubbyhole/*': ['create', 'read', 'update', 'delete', 'list'],
}

/** The access control list: what a token's policies allow on a path. */
export class Policies {
  readonly #policies = new Map<string, PolicyRules>([['default', defaultPolicy]])

  set(name: string, rules: PolicyRules): void {
    this.#policies.set(name, rules)
  }

  has(name: string): boolean {
    return name === 'root' || this.#policies.has(name)
  }

  allows(names: readonly string[], path: string, operation: Operation): boolean {
    const granted = this.capabilities(names, path)
    return granted.includes('root') || granted.includes(operation)
  }

  /** Whether there is any path below the mount that may be used. */
  mayUseBelow(names: readonly string[], mount: string): boolean {
    if (names.includes('root')) return true
    const rules = names.flatMap((name) => Object.entries(this.#policies.get(name) ?? {}))
    return rules.some(([pattern, capabilities]) => {
      const fixed = pattern.replace(/[*+].*$/, '')
      return (
        !capabilities.includes('deny') && (fixed.startsWith(mount) || (fixed !== pattern && mount.startsWith(fixed)))
      )
    })
  }

  /** Sorted, as `sys/capabilities-self` shows them. */
  capabilities(names: readonly string[], path: string): readonly string[] {
    if (names.includes('root')) return ['root']
    const rules = names.flatMap((name) => Object.entries(this.#policies.get(name) ?? {}))
    const matching = rules.filter(([pattern]) => matches(pattern, path))
    const best = Math.max(...matching.map(([pattern]) => specificity(pattern)))
    const granted = new Set(
      matching.filter(([pattern]) => specificity(pattern) === best).flatMap(([, capabilities]) => capabilities),
    )
    return granted.size === 0 || granted.has('deny') ? ['deny'] : [...granted].toSorted(byName)
  }
}

function matches(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/[.()[\]{}^$|?\\]/g, String.raw`\$&`)
    .replace(/\+/g, '[^/]+')
    .replace(/\*$/, '.*')
  return new RegExp(`^${source}$`).test(path)
}

/** The longest pattern wins, and an exact one over a glob of the same length. */
function specificity(pattern: string): number {
  return pattern.replace(/[*+]/g, '').length * 2 + (/[*+]/.test(pattern) ? 0 : 1)
}

function byName(one: Capability, other: Capability): number {
  return one < other ? -1 : 1
}
