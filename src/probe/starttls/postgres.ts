import type { Conversation } from '../conversation.ts'

/** Length 8, then the code 80877103: SSLRequest in PostgreSQL's documentation of its message formats. */
const request = Buffer.from('0000000804d2162f', 'hex')

export async function startPostgresTls(server: Conversation): Promise<void> {
  server.say(request)
  const answer = (await server.bytes(1)).toString('latin1')
  if (answer === 'N') throw server.refused('offers no TLS')
  if (answer !== 'S') throw server.refused('does not speak the protocol of PostgreSQL')
}
