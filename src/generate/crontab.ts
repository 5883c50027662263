import { shellWord } from '../files/shell-word.ts'
import { option, type Program } from './command-line.ts'
import type { GeneratedFile } from './generated-file.ts'
import { minuteFor } from './spread.ts'

export interface CrontabFacts {
  /** Of certctl, for the first line. */
  readonly version: string
  readonly program: Program
  /** Decides the minute. */
  readonly hostName: string
  /** Whom a file of /etc/cron.d runs it as; undefined for a user's own crontab, which has no such column. */
  readonly user: string | undefined
  readonly profile: string | undefined
  readonly metricsFile: string | undefined
  readonly pushGateway: string | undefined
  /** Variables that certctl finds its files by, as they are set now: cron hands on none of them. */
  readonly variables: Readonly<Record<string, string>>
}

/** The hourly renewal; the file's name has no dot, since cron would not read it. */
export function crontab(facts: CrontabFacts): GeneratedFile {
  const own = facts.user === undefined
  const lines = [
    `# Made by certctl ${facts.version}. Goes ${own ? 'to: crontab -' : 'into /etc/cron.d/certctl, owned by root'}`,
    '# Cron mails what a run writes to standard error: its failures. MAILTO="" mails to nobody. A host that cannot send mail',
    '# loses them, so let a monitor see them: --metrics-file or --push-gateway, and the rules of: certctl generate alerts',
    'SHELL=/bin/sh',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...(own ? [] : ['MAILTO=root']),
    ...Object.entries(facts.variables).map(([name, value]) => `${name}=${value}`),
    "# Every hour, at a minute that follows from this host's name. Nothing is written while nothing is due.",
    [`${minuteFor(facts.hostName)} * * * *`, ...(own ? [] : [facts.user]), command(facts)].join('  '),
  ]
  return { name: 'certctl', content: `${lines.join('\n')}\n` }
}

/** A percent sign would end the command (crontab(5)). */
function command({ program, profile, metricsFile, pushGateway }: CrontabFacts): string {
  const words = [
    ...program,
    ...['renew', '--all'],
    ...option('--profile', profile),
    ...option('--metrics-file', metricsFile),
    ...option('--push-gateway', pushGateway),
  ]
  return `${words.map(shellWord).join(' ')} >/dev/null`.replaceAll('%', String.raw`\%`)
}
