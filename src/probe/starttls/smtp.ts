import type { Conversation } from '../conversation.ts'

/** RFC 3207. */
export async function startSmtpTls(server: Conversation): Promise<void> {
  await reply(server, '220', 'greets with')
  server.say('EHLO certctl.invalid\r\n')
  const offers = await reply(server, '250', 'answers to EHLO')
  if (!offers.some((offer) => /^STARTTLS\b/i.test(offer))) throw server.refused('offers no STARTTLS')
  server.say('STARTTLS\r\n')
  await reply(server, '220', 'answers to STARTTLS')
}

/** The lines of one reply without their code; all but the last have a dash after it. */
async function reply(server: Conversation, code: string, doing: string): Promise<readonly string[]> {
  const lines: string[] = []
  for (;;) {
    const line = await server.line()
    if (!line.startsWith(code)) throw server.refused(`${doing}: ${line}`)
    lines.push(line.slice(4))
    if (line[3] !== '-') return lines
  }
}
