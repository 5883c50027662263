import type { AuthenticatedCall, Endpoint, Engine } from './engine.ts'
import { Parameters, type Schema } from './parameters.ts'
import { type Answer, Refusal, type Reply, multierror, noContent } from './reply.ts'
import { readTokenCreation } from './token-creation.ts'
import type { TokenStore } from './token-store.ts'
import { type Token, describeToken } from './token.ts'

/** `auth/token/`: looking up, renewing, creating and revoking. */
export function tokenEngine(tokens: TokenStore, now: () => Date): Engine {
  return {
    mountPath: 'auth/token/',
    type: 'token',
    endpoints: [...ownToken(tokens, now), ...otherTokens(tokens, now), ...byAccessor(tokens, now), ...creation(tokens)],
    openEndpoints: [],
    isOpen: () => false,
  }
}

type TokenEndpoint = Endpoint<AuthenticatedCall>

function ownToken(tokens: TokenStore, now: () => Date): TokenEndpoint[] {
  const lookup = ({ parameters, token }: AuthenticatedCall) => {
    const { warnings } = new Parameters(parameters, { token: 'text' })
    return { data: describeToken(token, now()), warnings }
  }
  const renew = ({ parameters, token }: AuthenticatedCall) => {
    const read = new Parameters(parameters, { token: 'text', increment: 'duration' })
    // The use that the request itself cost was the last: the token is found no more.
    if (token.usesLeft === -1) throw new Refusal(400, 'token not found')
    return grant(tokens, token, read)
  }
  const revoke = ({ token }: AuthenticatedCall) => revokeOne(tokens, token)
  return [
    { pattern: /^lookup-self$/, handlers: { read: lookup, update: lookup } },
    { pattern: /^renew-self$/, handlers: { update: renew } },
    { pattern: /^revoke-self$/, handlers: { update: revoke } },
  ]
}

function otherTokens(tokens: TokenStore, now: () => Date): TokenEndpoint[] {
  const lookup = ({ parameters, token }: AuthenticatedCall) => {
    const read = new Parameters(parameters, { token: 'text' })
    const found = read.has('token') ? tokens.find(read.text('token')) : token
    if (!found) throw new Refusal(403, 'bad token')
    return { data: describeToken(found, now()), warnings: read.warnings }
  }
  const renew = ({ parameters }: AuthenticatedCall) => {
    const read = new Parameters(parameters, { token: 'text', increment: 'duration' })
    const found = tokens.find(required(read, 'token', 'missing token ID'))
    if (!found) throw new Refusal(400, 'token not found')
    return grant(tokens, found, read)
  }
  const revoke = ({ parameters }: AuthenticatedCall) => {
    const read = new Parameters(parameters, { token: 'text' })
    const found = tokens.find(required(read, 'token', 'missing token ID'))
    return found ? revokeOne(tokens, found) : noContent()
  }
  return [
    { pattern: /^lookup$/, handlers: { read: lookup, update: lookup } },
    { pattern: /^renew$/, handlers: { update: renew } },
    { pattern: /^revoke$/, handlers: { update: revoke } },
  ]
}

function byAccessor(tokens: TokenStore, now: () => Date): TokenEndpoint[] {
  const schema: Schema = { accessor: 'text', increment: 'duration' }
  const find = (read: Parameters) => {
    const found = tokens.findByAccessor(required(read, 'accessor', multierror('missing accessor')))
    if (!found) throw new Refusal(400, multierror('invalid accessor'))
    return found
  }
  const lookup = ({ parameters }: AuthenticatedCall) => {
    const read = new Parameters(parameters, schema)
    return { data: { ...describeToken(find(read), now()), id: '' }, warnings: read.warnings }
  }
  const renew = ({ parameters }: AuthenticatedCall) => {
    const read = new Parameters(parameters, schema)
    const { auth, ...rest } = grant(tokens, find(read), read)
    return { auth: { ...auth, client_token: '' }, ...rest }
  }
  const revoke = ({ parameters }: AuthenticatedCall) => {
    const read = new Parameters(parameters, schema)
    const found = tokens.findByAccessor(required(read, 'accessor', multierror('missing accessor')))
    return found ? revokeOne(tokens, found) : { warnings: ['No token found with this accessor', ...read.warnings] }
  }
  return [
    { pattern: /^lookup-accessor$/, handlers: { update: lookup } },
    { pattern: /^renew-accessor$/, handlers: { update: renew } },
    { pattern: /^revoke-accessor$/, handlers: { update: revoke } },
  ]
}

function creation(tokens: TokenStore): TokenEndpoint[] {
  const create =
    (isOrphan: boolean) =>
    ({ parameters, token, path }: AuthenticatedCall): Answer =>
      tokens.create(readTokenCreation(parameters, token, isOrphan), token, path)
  return [
    { pattern: /^create$/, handlers: { update: create(false) } },
    { pattern: /^create-orphan$/, handlers: { update: create(true) } },
  ]
}

function grant(tokens: TokenStore, token: Token, read: Parameters): Answer {
  const { auth, warnings } = tokens.renew(token, read.duration('increment'))
  return { auth, warnings: [...warnings, ...read.warnings] }
}

function revokeOne(tokens: TokenStore, token: Token): Reply {
  if (token.type === 'batch') throw new Refusal(400, 'batch tokens cannot be revoked')
  tokens.revoke(token)
  return noContent()
}

function required(read: Parameters, name: string, ifMissing: string): string {
  const text = read.text(name)
  if (text === '') throw new Refusal(400, ifMissing)
  return text
}
