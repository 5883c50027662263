import { setTimeout as wait } from 'node:timers/promises'
import type { VaultReply } from '../support/ask-vault.ts'
import type { TokenOptions, VaultServer } from '../support/vault-server.ts'

/** Asks a server something; its replies are compared with those of another. */
export type Question = (server: VaultServer) => Promise<readonly VaultReply[]>

const lookup = 'auth/token/lookup-self'
const renew = 'auth/token/renew-self'
const revoke = 'auth/token/revoke-self'

type Step = (server: VaultServer, token: string) => Promise<VaultReply>

const looksUp: Step = (server, token) => server.request('GET', lookup, undefined, token)
const renews =
  (body?: unknown): Step =>
  (server, token) =>
    server.request('POST', renew, body, token)
const asks =
  (method: string, path: string, body?: unknown): Step =>
  (server, token) =>
    server.request(method, path, body, token)

/** One new token, and what it does in order. */
function withToken(options: TokenOptions, ...steps: readonly Step[]): Question {
  return async (server) => {
    const { token } = await server.createToken(options)
    return inOrder(steps, (step) => step(server, token))
  }
}

function asRoot(...steps: readonly Step[]): Question {
  return (server) => inOrder(steps, (step) => step(server, server.rootToken))
}

function creations(...bodies: readonly unknown[]): Question {
  return asRoot(...bodies.map((body) => asks('POST', 'auth/token/create', body)))
}

async function inOrder<T>(steps: readonly T[], run: (step: T) => Promise<VaultReply>): Promise<VaultReply[]> {
  const replies: VaultReply[] = []
  for (const step of steps) replies.push(await run(step))
  return replies
}

const forAMinute = { ttl: '60s' }

export const tokenQuestions: Readonly<Record<string, Question>> = {
  'the root token': asRoot(looksUp, asks('POST', lookup, {}), renews({})),
  'no token at all': (server) =>
    inOrder([lookup, renew, 'pki/roles/web', 'nopki/x', 'auth/token/nope'], (path) => server.request('GET', path)),
  'a token that nobody knows': (server) =>
    inOrder([looksUp, renews({}), asks('POST', revoke)], (step) => step(server, 'hvs.unknown')),
  'looking up and renewing': withToken(
    { ...forAMinute, meta: { team: 'a' }, displayName: 'certctl web/1' },
    looksUp,
    renews({ increment: '30s' }),
    looksUp,
    renews(),
    renews({ increment: 40 }),
    renews({ increment: '0' }),
    looksUp,
  ),
  'increments that are no durations': withToken(
    forAMinute,
    ...['30x', 'abc', '', '-5s', '5.5', '1d12h'].map((increment) => renews({ increment })),
    ...[true, {}, [], -3, 5.5, null].map((increment) => renews({ increment })),
  ),
  'parameters that nobody knows': withToken(
    forAMinute,
    renews({ increment: 30, zebra: 1, apple: 2 }),
    asks('GET', `${lookup}?x=1`),
  ),
  'bodies that are no objects': withToken(
    forAMinute,
    renews('x'),
    renews('[]'),
    renews('"a"'),
    renews('5'),
    renews('true'),
    renews(' '),
    asks('POST', renew, '<html>'),
  ),
  'a body with a very long text': withToken(forAMinute, renews({ increment: 'a'.repeat(1024 * 1024 + 1) })),
  'a body of more than 32 MiB': withToken(
    forAMinute,
    renews(Object.fromEntries(Array.from({ length: 34 }, (_, n) => [`k${n}`, 'a'.repeat(1_000_000)]))),
  ),
  'a dead token': withToken(forAMinute, asks('POST', revoke), looksUp, renews({}), asks('POST', revoke)),
  'a token that has run out': withToken({ ttl: '1s' }, late(looksUp, 1500), renews({})),
  'a token without the default policy': withToken(
    { ...forAMinute, policies: ['nothing'], noDefaultPolicy: true },
    looksUp,
    renews({}),
    asks('POST', 'sys/capabilities-self', { paths: [lookup] }),
    asks('POST', revoke),
  ),
  'a token that was made not renewable': withToken({ ...forAMinute, renewable: false }, looksUp, renews({})),
  'a batch token': withToken({ ...forAMinute, type: 'batch' }, looksUp, renews({}), asks('POST', revoke), looksUp),
  'a periodic token': withToken({ period: '30s' }, looksUp, renews({ increment: '90s' }), looksUp),
  'a periodic token with a maximum below its period': withToken(
    { period: '30s', explicitMaxTtl: '20s' },
    looksUp,
    renews({}),
  ),
  'a token with a maximum': withToken(
    { ttl: '90m', explicitMaxTtl: '1m30s' },
    looksUp,
    renews({ increment: '2h' }),
    looksUp,
  ),
  'a grant that was capped is repeated without an increment': withToken(
    forAMinute,
    renews({ increment: '10s' }),
    renews(),
    renews({}),
  ),
  'three uses': withToken({ ...forAMinute, numUses: 3 }, looksUp, renews({}), looksUp, looksUp),
  'one use, spent on a renewal': withToken({ ...forAMinute, numUses: 1 }, renews({}), looksUp),
  'one use, spent on a revocation': withToken({ ...forAMinute, numUses: 1 }, asks('POST', revoke), looksUp),
  'one use, spent on what is denied': withToken({ ...forAMinute, numUses: 1 }, asks('GET', 'sys/nope'), looksUp),
  'one use, not spent where no token is needed': withToken(
    { ...forAMinute, numUses: 1 },
    asks('GET', 'pki/ca/pem'),
    asks('GET', 'sys/health'),
    looksUp,
  ),
  'one use, spent on a body that no endpoint accepts': withToken(
    { ...forAMinute, numUses: 1 },
    renews({ increment: 'x' }),
    looksUp,
  ),
  'a token with few uses makes no children': withToken(
    { ...forAMinute, numUses: 2, policies: ['root'] },
    asks('POST', 'auth/token/create', {}),
  ),
  'an expiring root token': withToken(
    { ...forAMinute, policies: ['root'] },
    looksUp,
    asks('POST', 'auth/token/create', {}),
    asks('POST', 'auth/token/create', forAMinute),
  ),
  'methods that are not for the path': withToken(
    forAMinute,
    asks('GET', renew),
    asks('DELETE', lookup),
    asks('POST', lookup, {}),
    asks('PATCH', renew, {}),
    asks('FOO', lookup),
  ),
  'methods that are not for the path, as root': asRoot(
    asks('GET', renew),
    asks('DELETE', lookup),
    asks('LIST', lookup),
    asks('PUT', renew, {}),
    asks('FOO', lookup),
    asks('GET', 'auth/token/nope'),
    asks('GET', `${lookup}/`),
    asks('POST', `${renew}/`, {}),
  ),
  'creating: lives and maxima': creations(
    {},
    forAMinute,
    { ttl: 60 },
    { ttl: '9000h' },
    { ttl: '90m', explicit_max_ttl: '20s' },
    { ttl: '90s', period: '30s' },
    { period: '9000h' },
    { ttl: '1h', period: '1m', explicit_max_ttl: '2m' },
    { policies: ['default'] },
  ),
  'creating: policies': creations(
    { ...forAMinute, policies: ['pki'] },
    { ...forAMinute, policies: 'pki,default' },
    { ...forAMinute, policies: ['nope', 'also-not'] },
    { ...forAMinute, policies: ['pki'], no_default_policy: true },
    { ...forAMinute, policies: ['pki', 'root'] },
  ),
  'creating: batch tokens': creations(
    { type: 'batch', ttl: '60s' },
    { type: 'batch', policies: ['pki'], renewable: true },
    { type: 'batch', policies: ['pki'], num_uses: 3 },
    { type: 'batch', policies: ['pki'], period: '3s' },
    { type: 'batch', policies: ['pki'], explicit_max_ttl: '3s', num_uses: 3 },
  ),
  'creating: what is refused': creations(
    { type: 'nope' },
    { ttl: 'xx' },
    { ttl: '30x' },
    { ttl: '-5s' },
    { period: '-5s' },
    { explicit_max_ttl: 'xx' },
    { num_uses: -1 },
  ),
  'creating: an orphan, an unknown parameter': asRoot(
    asks('POST', 'auth/token/create-orphan', forAMinute),
    asks('POST', 'auth/token/create', { ...forAMinute, no_parent: true, bogus: 1 }),
  ),
  'creating without being allowed to': withToken(
    forAMinute,
    asks('POST', 'auth/token/create', {}),
    asks('POST', 'auth/token/create-orphan', {}),
  ),
  'children die with their parent': async (server) => {
    const { token } = await server.createToken({ ...forAMinute, policies: ['root'] })
    const made = await server.request('POST', 'auth/token/create', forAMinute, token)
    const child = String(made.json?.auth?.client_token)
    const orphaned = await server.request('POST', 'auth/token/create', { ...forAMinute, no_parent: true }, token)
    const orphan = String(orphaned.json?.auth?.client_token)
    await server.revokeToken(token)
    return inOrder([token, child, orphan], (one) => looksUp(server, one))
  },
  "other tokens' lives": async (server) => {
    const { token, accessor } = await server.createToken(forAMinute)
    const ask = (path: string, body: unknown) => server.request('POST', `auth/token/${path}`, body, server.rootToken)
    return inOrder(
      [
        ['lookup', { token }],
        ['renew', { token, increment: '20s' }],
        ['lookup-accessor', { accessor }],
        ['renew-accessor', { accessor }],
        ['revoke-accessor', { accessor }],
        ['lookup', { token }],
        ['renew', { token }],
        ['revoke', { token }],
        ['lookup-accessor', { accessor }],
        ['renew-accessor', { accessor }],
        ['revoke-accessor', { accessor }],
        ['renew', {}],
        ['revoke', {}],
        ['lookup-accessor', {}],
      ] as const,
      ([path, body]) => ask(path, body),
    )
  },
  'what a token may do': withToken(
    forAMinute,
    asks('POST', 'sys/capabilities-self', { paths: ['pki/sign/web', lookup, renew, 'sys/mounts'] }),
    asks('POST', 'sys/capabilities-self', { paths: ['pki/sign/web'] }),
    asks('POST', 'sys/capabilities-self', { path: 'pki/sign/web', nope: 1 }),
    asks('POST', 'sys/capabilities-self', {}),
    asks('GET', 'sys/capabilities-self'),
  ),
  'what root may do': asRoot(asks('POST', 'sys/capabilities-self', { paths: ['pki/sign/web', 'nopki'] })),
  'a maximum that was lowered': async (server) => {
    const { token } = await server.createToken({ ttl: '102s' })
    await wait(2500)
    await server.tuneMaxTokenTtl('1s')
    const lowered = await inOrder([renews({}), looksUp], (step) => step(server, token))
    await server.tuneMaxTokenTtl('30s')
    const capped = await inOrder([asks('POST', 'auth/token/create', forAMinute)], (step) =>
      step(server, server.rootToken),
    )
    await server.tuneMaxTokenTtl(undefined)
    return [...lowered, ...capped, await renews({ increment: '100s' })(server, token)]
  },
  'a token at the end of its maximum': async (server) => {
    const { token } = await server.createToken({ ttl: '3s', explicitMaxTtl: '4s' })
    await wait(1600)
    const capped = await renews({ increment: '30s' })(server, token)
    await wait(3500)
    const { lease_duration: lease } = capped.json?.auth ?? {}
    // How much is left when it is asked for depends on where in a second the token was made.
    expectBetween(lease, 1, 3)
    return inOrder([looksUp, renews({})], (step) => step(server, token))
  },
}

function late(step: Step, milliseconds: number): Step {
  return async (server, token) => {
    await wait(milliseconds)
    return step(server, token)
  }
}

function expectBetween(value: unknown, least: number, most: number): void {
  if (typeof value !== 'number' || value < least || value > most) throw new Error(`${String(value)} is not in between`)
}
