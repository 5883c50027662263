import type { Clock } from '../../core/clock.ts'
import { Duration, formatDuration } from '../../core/duration.ts'
import { CertctlError, errorMessage } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { CertificateRequest, Finding } from '../connector.ts'
import { capabilitiesReply, roleReply } from './pki/pki-replies.ts'
import type { VaultClient } from './vault-client.ts'
import type { VaultPki } from './pki/vault-pki.ts'
import type { VaultTokenApi } from './vault-token-api.ts'

/** Token, capability on the exact path, role and the issuer's own end, each asked for by itself. */
export async function checkVault(
  client: VaultClient,
  tokens: VaultTokenApi,
  pki: VaultPki,
  request: CertificateRequest,
  clock: Clock,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const path = pki.requestPath(request.key.origin)
  const questions: readonly (readonly [string, () => Promise<Finding>])[] = [
    ['token', () => checkToken(tokens, signal)],
    [path, () => checkCapability(client, path, signal)],
    [`role "${pki.role}"`, () => checkRole(client, pki, request, signal)],
    ['issuer', () => checkIssuer(pki, request, clock, signal)],
  ]
  const findings: Finding[] = []
  for (const [subject, ask] of questions)
    findings.push(await ask().catch((error: unknown) => failed(subject, error, signal)))
  const skew = client.clockWarning
  return skew === undefined
    ? findings
    : [...findings, { subject: 'clock', verdict: 'bad', detail: skew, hint: "set this host's clock" }]
}

async function checkToken(tokens: VaultTokenApi, signal?: AbortSignal): Promise<Finding> {
  const facts = await tokens.lookupSelf({ signal })
  const left = facts.expiresAt === null ? 'never expires' : `${formatDuration(facts.ttl)} left`
  return { subject: 'token', verdict: 'good', detail: printable(`${facts.displayName}, ${left}`) }
}

async function checkCapability(client: VaultClient, path: string, signal?: AbortSignal): Promise<Finding> {
  const body = { paths: [path] }
  const { data } = await client.call(
    { method: 'POST', path: 'sys/capabilities-self', body, purpose: 'other', repeat: 'safe', signal },
    capabilitiesReply,
  )
  const granted = data[path] ?? data['capabilities']
  const capabilities = Array.isArray(granted) ? granted.map(String) : []
  const may = ['update', 'create', 'root', 'sudo'].some((capability) => capabilities.includes(capability))
  if (may) return { subject: path, verdict: 'good', detail: printable(`the token may: ${capabilities.join(', ')}`) }
  return {
    subject: path,
    verdict: 'bad',
    detail: printable(`the token may not: ${capabilities.join(', ') || 'no capability'}`),
    hint: `grant it: path "${path}" { capabilities = ["update"] }`,
  }
}

/** Most tokens may not read roles; then the answer is unknown, not bad. */
async function checkRole(
  client: VaultClient,
  pki: VaultPki,
  request: CertificateRequest,
  signal?: AbortSignal,
): Promise<Finding> {
  const subject = `role "${pki.role}"`
  const { data } = await client.call(
    { method: 'GET', path: pki.rolePath, purpose: 'other', repeat: 'safe', signal },
    roleReply,
  )
  const max = data.max_ttl === undefined || data.max_ttl === 0 ? undefined : Duration.ofSeconds(data.max_ttl)
  const keys = printable(`keys: ${data.key_type}`)
  if (max && request.ttl && max.isLessThan(request.ttl)) {
    const detail = `${keys}; at most ${formatDuration(max)}, less than the ${formatDuration(request.ttl)} asked for`
    return { subject, verdict: 'bad', detail, hint: 'ask for less with --ttl' }
  }
  return { subject, verdict: 'good', detail: max ? `${keys}; at most ${formatDuration(max)}` : keys }
}

async function checkIssuer(
  pki: VaultPki,
  request: CertificateRequest,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Finding> {
  const { chain, root } = await pki.chain(signal)
  const first = [...chain, ...(root ? [root] : [])].toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime())[0]
  if (!first) return { subject: 'issuer', verdict: 'unknown', detail: 'the mount names no issuer' }
  const left = Duration.between(clock.now(), first.notAfter)
  const detail = left.isPositive ? `${first.subject} ends in ${formatDuration(left)}` : `${first.subject} has expired`
  const isEnough = left.isPositive && !(request.ttl && left.isLessThan(request.ttl))
  return {
    subject: 'issuer',
    verdict: isEnough ? 'good' : 'bad',
    detail,
    ...(isEnough ? {} : { hint: 'renew the CA, or ask for less with --ttl' }),
  }
}

function failed(subject: string, error: unknown, signal?: AbortSignal): Finding {
  signal?.throwIfAborted()
  if (!(error instanceof CertctlError)) throw error
  const isOpen = subject.startsWith('role ') && error.exitCode === 4 && error.code === 'denied'
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return { subject, verdict: isOpen ? 'unknown' : 'bad', detail: errorMessage(error), ...hint }
}
