import type { Conversation } from '../conversation.ts'

/** RFC 2595, section 4. */
export async function startPop3Tls(server: Conversation): Promise<void> {
  const greeting = await server.line()
  if (!greeting.startsWith('+OK')) throw server.refused(`greets with: ${greeting}`)
  server.say('STLS\r\n')
  const answer = await server.line()
  if (!answer.startsWith('+OK')) throw server.refused(`answers to STLS: ${answer}`)
}
