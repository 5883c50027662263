import type { Conversation } from '../conversation.ts'

/** RFC 9051, section 6.2.1. */
export async function startImapTls(server: Conversation): Promise<void> {
  const greeting = await server.line()
  if (!/^\* (?:OK|PREAUTH)\b/i.test(greeting)) throw server.refused(`greets with: ${greeting}`)
  server.say('a1 STARTTLS\r\n')
  for (;;) {
    const line = await server.line()
    // Untagged lines may come at any time.
    if (line.startsWith('* ')) continue
    if (!/^a1 OK\b/i.test(line)) throw server.refused(`answers to STARTTLS: ${line}`)
    return
  }
}
