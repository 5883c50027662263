import type { Conversation } from '../conversation.ts'

// MySQL's client/server protocol, capability flags.
const [protocol41, ssl, secureConnection] = [0x200, 0x800, 0x8000]

const errorPacket = 0xff

/** The server speaks first; the request is a handshake response that ends before the user's name. */
export async function startMysqlTls(server: Conversation): Promise<void> {
  const header = await server.bytes(4)
  const greeting = await server.bytes(header.readUIntLE(0, 3))
  if (greeting[0] === errorPacket) throw server.refused(`answers: ${greeting.subarray(3).toString('latin1')}`)
  // Protocol 10: version text and its end, thread id of 4, eight bytes of challenge and a zero, then the capabilities.
  const capabilitiesAt = greeting.indexOf(0, 1) + 1 + 4 + 8 + 1
  if (greeting[0] !== 10 || greeting.length < capabilitiesAt + 2)
    throw server.refused('does not speak the protocol of MySQL')
  if ((greeting.readUInt16LE(capabilitiesAt) & ssl) === 0) throw server.refused('offers no TLS')
  server.say(request())
}

function request(): Buffer {
  const packet = Buffer.alloc(4 + 32)
  packet.writeUIntLE(32, 0, 3)
  packet.writeUInt8(1, 3)
  packet.writeUInt32LE(protocol41 | ssl | secureConnection, 4)
  packet.writeUInt32LE(0x1000000, 8)
  packet.writeUInt8(45, 12)
  return packet
}
