import type { Connector, Finding } from '../../connectors/connector.ts'
import { CertctlError } from '../../core/errors.ts'
import type { CertificateRecord } from '../../files/certificate-record.ts'
import type { AdoptionOutcome } from './adopt-all.ts'
import { checkIssuer } from '../check-issuing.ts'
import { wantedAgain } from '../wanted-again.ts'

/**
 * What keeps the issuer from being known to give the successors of what was taken over, in words; nothing is issued. Better
 * told now than by the first renewal, months later. That it can't be asked is one of the doubts.
 */
export async function renewalDoubts(
  open: () => Promise<Connector>,
  outcomes: readonly AdoptionOutcome[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const records = outcomes.flatMap((one) =>
    'adoption' in one && one.adoption.action !== 'unchanged' ? [one.adoption.record] : [],
  )
  if (records.length === 0) return []
  const doubts = new Set<string>()
  try {
    const connector = await open()
    for (const record of records) {
      const { isAway, texts } = await doubtsOf(record, connector, signal)
      texts.forEach((text) => doubts.add(text))
      if (isAway) break
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof CertctlError)) throw error
    doubts.add(`the issuer can't be asked: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`)
  }
  return [...doubts].map((doubt) => `not proven that renewals will work: ${doubt}`)
}

async function doubtsOf(
  record: CertificateRecord,
  connector: Connector,
  signal: AbortSignal,
): Promise<{ readonly isAway: boolean; readonly texts: readonly string[] }> {
  const wanted = await wantedAgain(record)
  const findings = await checkIssuer({ wanted, ttl: wanted.ttl, serverKey: false }, connector, signal)
  const away = findings.filter(({ subject, verdict }) => subject === 'server' && verdict === 'bad')
  const isAway = away.length > 0
  return { isAway, texts: (isAway ? away : findings.filter(isDoubt)).map(inWords) }
}

function isDoubt({ subject, verdict }: Finding): boolean {
  return verdict === 'bad' || (verdict === 'unknown' && subject !== 'clock')
}

function inWords({ subject, detail, hint }: Finding): string {
  return `${subject}: ${detail}${hint === undefined ? '' : `; ${hint}`}`
}
