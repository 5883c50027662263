type Environment = Readonly<Record<string, string | undefined>>

/** A hook that needs a token is given one on purpose; and the supervisor and the threads of this process are not its own. */
const withheld: ReadonlySet<string> = new Set([
  ...['CERTCTL_VAULT_TOKEN', 'BAO_TOKEN', 'VAULT_TOKEN'],
  ...['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'UV_THREADPOOL_SIZE'],
])

/** What a hook finds in its variables: those of this process without the token, and the facts under `CERTCTL_`. */
export function hookEnvironment(own: Environment, facts: Environment): Environment {
  const kept = Object.entries(own).filter(([name]) => !withheld.has(name))
  const added = Object.entries(facts).map(([name, value]) => [`CERTCTL_${name}`, value] as const)
  return Object.fromEntries([...kept, ...added])
}
