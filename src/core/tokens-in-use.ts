import type { Secret } from './secret.ts'

/** Of a loop that logs in for months, the last ones. */
const mostKept = 2000

const inUse = new Set<Secret>()

/** From now on, this process shows nothing of other programs with the token in it. */
export function noteToken(token: Secret): void {
  inUse.add(token)
  const [oldest] = inUse
  if (inUse.size > mostKept && oldest) inUse.delete(oldest)
}

/** The text with every token that this process has used blanked. */
export function withoutTokens(text: string): string {
  return [...inUse].reduce((redacted, token) => token.redactFrom(redacted), text)
}
