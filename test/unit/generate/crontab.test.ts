import { describe, expect, it } from 'vitest'
import { crontab, type CrontabFacts } from '../../../src/generate/crontab.ts'

const facts: CrontabFacts = {
  version: '1.2.3',
  program: ['/usr/bin/node', '/opt/certctl/bin/certctl.cjs'],
  hostName: 'web1',
  user: 'certctl',
  profile: undefined,
  metricsFile: undefined,
  pushGateway: undefined,
  variables: {},
}

const lines = (change: Partial<CrontabFacts> = {}): readonly string[] =>
  crontab({ ...facts, ...change }).content.split('\n')

describe('a file for cron.d', () => {
  it('has a name that cron reads, and ends in a newline as cron demands', () => {
    const { name, content } = crontab(facts)
    expect(name).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(content).toMatch(/[^\n]\n$/)
  })

  it('runs renew as the user, and lets only failures be mailed', () => {
    expect(lines()).toEqual(
      expect.arrayContaining([
        'MAILTO=root',
        expect.stringMatching(/^\d{1,2} \* \* \* \* {2}certctl {2}\/usr\/bin\/node \S+ renew --all >\/dev\/null$/),
      ]),
    )
  })

  it('quotes what a shell would take apart, and percent signs, which would end the line', () => {
    const [line] = lines({ profile: 'prod', metricsFile: '/var/100% full/x.prom' }).filter((text) => /^\d/.test(text))
    expect(line).toContain(String.raw`--profile prod --metrics-file '/var/100\% full/x.prom' >/dev/null`)
  })

  it('has each run push its metrics where that is wished', () => {
    const [line] = lines({ pushGateway: 'http://gateway.test:9091' }).filter((text) => /^\d/.test(text))
    expect(line).toMatch(/ renew --all --push-gateway http:\/\/gateway\.test:9091 >\/dev\/null$/)
  })

  it('sets the variables that certctl finds its files by', () => {
    expect(lines({ variables: { CERTCTL_STATE_DIR: '/srv/state' } })).toContain('CERTCTL_STATE_DIR=/srv/state')
  })
})

describe('a crontab of a user', () => {
  it('has no column for the user, and leaves MAILTO as it is', () => {
    const all = lines({ user: undefined })
    expect(all.filter((line) => /^\d/.test(line))).toEqual([
      expect.stringMatching(/^\d{1,2} \* \* \* \* {2}\/usr\/bin/),
    ])
    expect(all.filter((line) => line.startsWith('MAILTO'))).toEqual([])
  })
})
