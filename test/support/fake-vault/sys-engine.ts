import type { AuthenticatedCall, Engine } from './engine.ts'
import { mountFacts } from './mount-facts.ts'
import { Parameters } from './parameters.ts'
import type { Policies } from './policies.ts'
import { Refusal } from './reply.ts'
import type { TokenStore } from './token-store.ts'
import type { Wrapping } from './wrapping.ts'

/** What of `sys/` needs a token. Health, seals and leader are in `sys-status`. */
export function sysEngine(tokens: TokenStore, policies: Policies, wrapping: Wrapping): Engine {
  const openEndpoints = [...wrapping.openEndpoints, ...mountFacts(tokens, policies)]
  const capabilities = ({ parameters, token }: AuthenticatedCall) => {
    const read = new Parameters(parameters, { paths: 'texts', path: 'texts', token: 'text' })
    const paths = read.has('paths') ? read.texts('paths') : read.texts('path')
    if (paths.length === 0) throw new Refusal(400, 'paths must be supplied')
    const found = Object.fromEntries(paths.map((path) => [path, policies.capabilities(token.policies, path)]))
    const only = paths.length === 1 ? { capabilities: found[paths[0]!] } : {}
    return { data: { ...found, ...only }, warnings: read.warnings, isRepeatedAtTop: true }
  }
  return {
    mountPath: 'sys/',
    type: 'system',
    endpoints: [{ pattern: /^capabilities-self$/, handlers: { update: capabilities } }, ...wrapping.endpoints],
    openEndpoints,
    isOpen: (path) => openEndpoints.some(({ pattern }) => pattern.test(path)),
  }
}
