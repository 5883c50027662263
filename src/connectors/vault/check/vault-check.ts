import type { Clock } from '../../../core/clock.ts'
import { Duration, formatDuration } from '../../../core/duration.ts'
import { CertctlError, UnavailableError, errorMessage } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import type { CertificateRequest, Finding } from '../../connector.ts'
import { healthReply } from '../answers/vault-replies.ts'
import { capabilitiesReply, roleReply } from '../pki/pki-replies.ts'
import type { VaultPki } from '../pki/vault-pki.ts'
import { TokenDeniedError, type TokenFacts } from '../token/token-api.ts'
import type { VaultClient } from '../vault-client.ts'
import type { VaultTokenApi } from '../vault-token-api.ts'
import { leaseFindings, roleFindings } from './role-findings.ts'

export interface CheckedVault {
  readonly client: VaultClient
  readonly tokens: VaultTokenApi
  readonly pki: VaultPki
  readonly clock: Clock
}

type Ask = () => Promise<readonly Finding[]>

/** Each of them is paid for with one use, and one is left for the certificate. */
const usesAsked = 2

/**
 * Server, token, capability on the exact path, role, the issuer's own end and the clocks. Each answer stands for itself;
 * but a server that is away is asked once, and a token with few uses is not spent on questions.
 */
export async function checkVault(
  { client, tokens, pki, clock }: CheckedVault,
  request: CertificateRequest,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const path = pki.requestPath(request.key.origin)
  const role = `role "${pki.role}"`
  const server = await finding('server', () => checkServer(client, signal), signal)
  if (server.isAway)
    return [...server.findings, ...['token', path, role, 'issuer', 'clock'].map(notAsked(client.server))]
  let facts: TokenFacts | undefined
  const questions: readonly (readonly [string, Ask, spendsUse?: true])[] = [
    ['token', async () => [tokenFinding((facts = await tokens.lookupSelf({ signal })))]],
    [path, () => checkCapability(client, path, signal), true],
    [role, async () => checkRole({ client, pki }, request, facts, signal), true],
    ['issuer', () => checkIssuer(pki, request, clock, signal)],
  ]
  const findings = [...server.findings]
  for (const [subject, ask, spendsUse] of questions) {
    const usesLeft = facts?.usesLeft ?? null
    const isTooDear = spendsUse === true && usesLeft !== null && usesLeft <= usesAsked
    findings.push(...(isTooDear ? [tooDear(subject, usesLeft)] : (await finding(subject, ask, signal)).findings))
  }
  return [...findings, clockFinding(client)]
}

async function checkServer(client: VaultClient, signal?: AbortSignal): Promise<readonly Finding[]> {
  // Any state is answered with 200: the body says which it is.
  const anyState = ['standbyok=true', 'perfstandbyok=true', 'sealedcode=200', 'uninitcode=200', 'drsecondarycode=200']
  const anonymous = { purpose: 'other', unauthenticated: true, withoutNamespace: true, repeat: 'safe' } as const
  const health = await client.call(
    { method: 'GET', path: `sys/health?${anyState.join('&')}`, ...anonymous, signal },
    healthReply,
  )
  if (!health.initialized) {
    const hint = 'initialize it with: vault operator init'
    throw new UnavailableError(`${client.server} is not initialized`, { hint })
  }
  if (health.sealed) {
    throw new UnavailableError(`${client.server} is sealed`, { hint: 'unseal it with: vault operator unseal' })
  }
  const version = health.version === undefined ? '' : `, version ${health.version}`
  return [{ subject: 'server', verdict: 'good', detail: printable(`${client.server} is unsealed${version}`) }]
}

function tokenFinding(facts: TokenFacts): Finding {
  const left = facts.expiresAt === null ? 'never expires' : `${formatDuration(facts.ttl)} left`
  const uses = facts.usesLeft === null ? '' : `, ${facts.usesLeft} uses left`
  return { subject: 'token', verdict: 'good', detail: printable(`${facts.displayName}, ${left}${uses}`) }
}

async function checkCapability(client: VaultClient, path: string, signal?: AbortSignal): Promise<readonly Finding[]> {
  const body = { paths: [path] }
  const { data } = await client.call(
    { method: 'POST', path: 'sys/capabilities-self', body, purpose: 'other', repeat: 'safe', signal },
    capabilitiesReply,
  )
  const granted = data[path] ?? data['capabilities']
  const capabilities = Array.isArray(granted) ? granted.map(String) : []
  const may = capabilities.includes('update') || capabilities.includes('root')
  if (may) return [{ subject: path, verdict: 'good', detail: printable(`the token may: ${capabilities.join(', ')}`) }]
  return [
    {
      subject: path,
      verdict: 'bad',
      detail: printable(`the token may not: ${capabilities.join(', ') || 'no capability'}`),
      hint: `grant it: path "${path}" { capabilities = ["update"] }`,
    },
  ]
}

async function checkRole(
  { client, pki }: Pick<CheckedVault, 'client' | 'pki'>,
  request: CertificateRequest,
  token: TokenFacts | undefined,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const { data } = await client.call(
    { method: 'GET', path: pki.rolePath, purpose: 'other', repeat: 'safe', signal },
    roleReply,
  )
  return [...roleFindings(pki.role, data, request), ...leaseFindings(data, token)]
}

async function checkIssuer(
  pki: VaultPki,
  request: CertificateRequest,
  clock: Clock,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const { chain, root } = await pki.chain(signal)
  const first = [...chain, ...(root ? [root] : [])].toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime())[0]
  if (!first) return [{ subject: 'issuer', verdict: 'unknown', detail: 'the mount names no issuer' }]
  const left = Duration.between(clock.now(), first.notAfter)
  const detail = left.isPositive ? `${first.subject} ends in ${formatDuration(left)}` : `${first.subject} has expired`
  const isEnough = left.isPositive && !(request.ttl && left.isLessThan(request.ttl))
  if (isEnough) return [{ subject: 'issuer', verdict: 'good', detail }]
  return [{ subject: 'issuer', verdict: 'bad', detail, hint: 'renew the CA, or ask for less with --ttl' }]
}

function clockFinding({ clockSkew, clockWarning, server }: VaultClient): Finding {
  const subject = 'clock'
  if (clockWarning !== undefined)
    return { subject, verdict: 'bad', detail: clockWarning, hint: "set this host's clock" }
  if (clockSkew === undefined) {
    const hint = 'compare it with another host, as by: date -u'
    return { subject, verdict: 'unknown', detail: `${server} does not say what time it is`, hint }
  }
  return { subject, verdict: 'good', detail: `within a minute of that of ${server}` }
}

interface Answered {
  readonly findings: readonly Finding[]
  /** Whoever asks again would only wait again. */
  readonly isAway: boolean
}

async function finding(subject: string, ask: Ask, signal?: AbortSignal): Promise<Answered> {
  try {
    return { findings: await ask(), isAway: false }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof CertctlError)) throw error
    return { findings: [failed(subject, error)], isAway: error instanceof UnavailableError }
  }
}

/** Most tokens may not read roles, some may ask nothing, and some servers hide their health: then the answer is unknown, not bad. */
function failed(subject: string, error: CertctlError): Finding {
  const detail = errorMessage(error)
  if (mayNotBeAsked(subject, error)) {
    const hint = 'policy "default" lets a token ask for this; an issue does without'
    return { subject, verdict: 'unknown', detail, hint }
  }
  const isHidden =
    subject === 'server' ? !(error instanceof UnavailableError) : subject.startsWith('role ') && error.code === 'denied'
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return { subject, verdict: isHidden ? 'unknown' : 'bad', detail, ...hint }
}

/** The token is good, as far as the server says, but not for `lookup-self` or `capabilities-self`. */
function mayNotBeAsked(subject: string, error: CertctlError): boolean {
  if (subject === 'server' || subject === 'issuer' || subject.startsWith('role ')) return false
  return error instanceof TokenDeniedError ? error.lacksPolicy : error.code === 'denied'
}

function notAsked(server: string): (subject: string) => Finding {
  return (subject) => ({ subject, verdict: 'unknown', detail: `not asked: ${server} gives no answer` })
}

function tooDear(subject: string, usesLeft: number): Finding {
  const detail = `not asked: the token has only ${usesLeft} ${usesLeft === 1 ? 'use' : 'uses'} left`
  return { subject, verdict: 'unknown', detail, hint: 'check with a token of more uses' }
}
