import { describe, expect, it } from 'vitest'
import { WarningHook } from '../../../../src/cli/keep-alive/warning-hook.ts'
import type { RenewerEvent } from '../../../../src/connectors/vault/renewal/renewer-event.ts'
import { Duration } from '../../../../src/core/duration.ts'
import type { Logger } from '../../../../src/core/log.ts'
import type { CommandLine } from '../../../../src/hooks/command-line.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

const end = new Date('2026-03-01T13:00:00Z')
const endsSoon: RenewerEvent = {
  kind: 'ends-soon',
  endsAt: end,
  why: 'explicit-max-ttl',
  isInferred: false,
  left: Duration.ofHours(1),
}

async function told(command: CommandLine, ...events: readonly RenewerEvent[]) {
  const lines: Parameters<Logger['log']>[] = []
  const hook = new WarningHook({
    command,
    environment: { PATH: process.env.PATH, VAULT_TOKEN: 'hvs.secret' },
    logger: { log: (...line) => lines.push(line) },
    clock: new FakeClock(new Date('2026-03-01T12:00:00Z')),
    stop: new AbortController().signal,
  })
  for (const event of events) hook.observe('prod', 'https://vault')(event)
  await hook.finished()
  return lines
}

describe('the command for the warning', () => {
  it('is run with the facts in its variables, without the token', async () => {
    const script = 'env | grep -e ^CERTCTL_ -e TOKEN | sort | tr "\\n" " "'
    const [line, ...others] = await told(['sh', '-c', script], endsSoon)
    expect(others).toEqual([])
    expect(line).toEqual([
      'info',
      'the command for the warning has run',
      {
        issuer: 'prod',
        command: 'sh',
        output:
          'CERTCTL_ADDRESS=https://vault CERTCTL_ENDS_AT=2026-03-01T13:00:00Z CERTCTL_EVENT=ends-soon ' +
          'CERTCTL_ISSUER_NAME=prod CERTCTL_REASON=explicit-max-ttl CERTCTL_SECONDS_LEFT=3600',
      },
    ])
  })

  it('is run too when the loop ends with a token that is not renewable', async () => {
    const event: RenewerEvent = { kind: 'not-renewable', when: 'start', expiresAt: end }
    const [line] = await told(['sh', '-c', 'echo $CERTCTL_REASON'], event)
    expect(line?.[2]).toMatchObject({ output: 'not-renewable' })
  })

  it('that fails is a warning, and nothing else', async () => {
    const lines = await told(['sh', '-c', 'echo no mail today >&2; exit 7'], endsSoon)
    expect(lines).toEqual([
      [
        'warn',
        'the command for the warning failed',
        { issuer: 'prod', command: 'sh', output: 'no mail today', cause: 'sh ends with status 7' },
      ],
    ])
  })

  it.each<[string, RenewerEvent]>([
    ['a renewal', { kind: 'renewed', lease: Duration.ofHours(1), expiresAt: end, nextRenewalAt: end }],
    ['an end that is only known', { kind: 'end-known', endsAt: end, why: 'mount-max-ttl', isInferred: false }],
    ['an end that has passed', { ...endsSoon, endsAt: new Date('2026-03-01T11:59:59Z') }],
  ])('is not run for %s', async (_, event) => {
    expect(await told(['true'], event)).toEqual([])
  })
})
