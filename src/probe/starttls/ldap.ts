import type { Conversation } from '../conversation.ts'

/** An extended request, message 1, for StartTLS: RFC 4511, section 4.14, in BER. */
const request = Buffer.concat([Buffer.from('301d02010177188016', 'hex'), Buffer.from('1.3.6.1.4.1.1466.20037')])

/** RFC 4511, section 4.14. */
export async function startLdapTls(server: Conversation): Promise<void> {
  server.say(request)
  const body = await message(server)
  // After the message's number, [APPLICATION 24] holds the result code, an ENUMERATED of one octet.
  const at = body.indexOf(Buffer.from('0a01', 'hex'))
  if (!/^020101(?:78)/.test(body.toString('hex')) || at === -1)
    throw server.refused('gives no answer of LDAP to StartTLS')
  const code = body[at + 2]
  if (code !== 0) throw server.refused(`answers to StartTLS with result ${code ?? 'unknown'}`)
}

/** The content of one LDAPMessage, a SEQUENCE. */
async function message(server: Conversation): Promise<Buffer> {
  const [tag, first] = await server.bytes(2)
  if (tag !== 0x30 || first === undefined) throw server.refused('does not speak LDAP')
  if (first < 0x80) return server.bytes(first)
  const octets = first & 0x7f
  if (octets < 1 || octets > 2) throw server.refused('sends an LDAP message of absurd length')
  return server.bytes((await server.bytes(octets)).readUIntBE(0, octets))
}
