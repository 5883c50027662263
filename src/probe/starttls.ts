import type { Conversation } from './conversation.ts'
import { startImapTls } from './starttls/imap.ts'
import { startLdapTls } from './starttls/ldap.ts'
import { startMysqlTls } from './starttls/mysql.ts'
import { startPop3Tls } from './starttls/pop3.ts'
import { startPostgresTls } from './starttls/postgres.ts'
import { startSmtpTls } from './starttls/smtp.ts'
import type { StartTlsProtocol } from './starttls-protocol.ts'

/** Asks a server that speaks in clear to go on in TLS. ProtocolError when it will not. */
export async function startTls(protocol: StartTlsProtocol, server: Conversation): Promise<void> {
  await ways[protocol](server)
  server.assertNothingMore()
}

const ways: Readonly<Record<StartTlsProtocol, (server: Conversation) => Promise<void>>> = {
  smtp: startSmtpTls,
  imap: startImapTls,
  pop3: startPop3Tls,
  ldap: startLdapTls,
  postgres: startPostgresTls,
  mysql: startMysqlTls,
}
