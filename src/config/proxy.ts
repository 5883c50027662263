import { getProxyForUrl } from 'proxy-from-env'
import { ConfigError } from '../core/errors.ts'
import { isLoopback } from './address.ts'
import { findVariable, type Environment, type Variable } from './environment.ts'

/** The proxy that a request to the URL goes through; its user and password, if it has them, are in the proxy's URL. */
export type FindProxy = (url: URL) => URL | undefined

/**
 * `BAO_PROXY_ADDR` and `VAULT_PROXY_ADDR` replace everything else, as in Vault; otherwise `HTTPS_PROXY`, `HTTP_PROXY`
 * and `NO_PROXY`, where loopback hosts are never sent to a proxy. An invalid proxy throws ConfigError when it is used.
 */
export function proxyFor(environment: Environment, isExempt: (url: URL) => boolean = isInNoProxy): FindProxy {
  const forAll = findVariable(environment, 'BAO_PROXY_ADDR', 'VAULT_PROXY_ADDR')
  return (url) => {
    const scheme = url.protocol.slice(0, -1)
    if (scheme !== 'http' && scheme !== 'https') return undefined
    if (forAll) return parseProxy(forAll)
    const variable = findVariable(environment, `${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`)
    return !variable || isLoopback(url) || isExempt(url) ? undefined : parseProxy(variable)
  }
}

/** For servers other than Vault: what replaces everything else for Vault counts for nothing there. */
export function proxyForOthers(environment: Environment): FindProxy {
  return proxyFor({ ...environment, BAO_PROXY_ADDR: undefined, VAULT_PROXY_ADDR: undefined })
}

// The package reads the process's own variables, and finds no proxy for a host that NO_PROXY names.
function isInNoProxy(url: URL): boolean {
  return getProxyForUrl(url.href) === ''
}

// Without a scheme it is an http proxy, as for curl and Go. A proxy's address may hold a password and is never shown.
function parseProxy({ name, value }: Variable): URL {
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  const problem = url ? `has the scheme ${url.protocol.slice(0, -1)}, which is not supported` : 'is no URL'
  throw new ConfigError(`the proxy in ${name} ${problem}`, {
    hint: 'write it as http://HOST:PORT',
    facts: { source: name },
  })
}
