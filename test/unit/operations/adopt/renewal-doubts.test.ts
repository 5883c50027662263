import { describe, expect, it } from 'vitest'
import type { Connector, Finding } from '../../../../src/connectors/connector.ts'
import { ConfigError } from '../../../../src/core/errors.ts'
import type { AdoptionOutcome } from '../../../../src/operations/adopt/adopt-all.ts'
import { renewalDoubts } from '../../../../src/operations/adopt/renewal-doubts.ts'

const good: Finding = { subject: 'server', verdict: 'good', detail: 'is unsealed' }
const refusing: Finding = {
  subject: 'names',
  verdict: 'bad',
  detail: 'the role does not allow it',
  hint: 'pass another',
}

function outcome(name: string, action = 'adopted'): AdoptionOutcome {
  const record = { name, sans: [], ttlSeconds: 3600, keyType: 'ec256' }
  return { path: `/srv/${name}`, adoption: { action, record } } as unknown as AdoptionOutcome
}

async function doubts(findings: readonly Finding[], outcomes: readonly AdoptionOutcome[]) {
  const asked: (string | undefined)[] = []
  const check: Connector['check'] = ({ commonName }) => {
    asked.push(commonName)
    return Promise.resolve(findings)
  }
  const open = () => Promise.resolve({ check } as Connector)
  return { told: await renewalDoubts(open, outcomes, new AbortController().signal), asked }
}

describe('whether renewals will work', () => {
  it('asks about each certificate, and tells of what stands against it, each once', async () => {
    const { told, asked } = await doubts([good, refusing], [outcome('a.test'), outcome('b.test')])
    expect(asked).toEqual(['a.test', 'b.test'])
    expect(told).toEqual(['not proven that renewals will work: names: the role does not allow it; pass another'])
  })

  it('does not ask a server again that is away, nor tell what it was not asked', async () => {
    const away: Finding = { subject: 'server', verdict: 'bad', detail: 'it is sealed' }
    const unasked: Finding = { subject: 'token', verdict: 'unknown', detail: 'not asked' }
    const { told, asked } = await doubts([away, unasked], [outcome('a.test'), outcome('b.test')])
    expect([told, asked]).toEqual([['not proven that renewals will work: server: it is sealed'], ['a.test']])
  })

  it('does not ask about what was taken over before', async () => {
    expect(await doubts([refusing], [outcome('a.test', 'unchanged')])).toEqual({ told: [], asked: [] })
  })

  it('tells that the issuer cannot be asked', async () => {
    const open = () => Promise.reject(new ConfigError('token is required', { hint: 'log in' }))
    expect(await renewalDoubts(open, [outcome('a.test')], new AbortController().signal)).toEqual([
      "not proven that renewals will work: the issuer can't be asked: token is required; log in",
    ])
  })
})
