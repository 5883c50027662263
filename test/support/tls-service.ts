import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { TLSSocket, type SecureContextOptions, createSecureContext } from 'node:tls'

export interface TlsServiceOptions extends SecureContextOptions {
  readonly requestCert?: boolean
  /** What is said in clear first; resolves when TLS begins. */
  readonly inClear?: (socket: Socket) => Promise<void>
  readonly host?: string
}

export interface TlsService {
  readonly port: number
  /** The names that clients asked for (SNI). */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

/** A server that shakes hands and says nothing more. */
export async function startTlsService({
  inClear,
  requestCert,
  host = '127.0.0.1',
  ...context
}: TlsServiceOptions): Promise<TlsService> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const secureContext = createSecureContext(context)
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const begin = async () => {
      await inClear?.(socket)
      const options = {
        secureContext,
        isServer: true,
        ...(requestCert === true ? { requestCert, rejectUnauthorized: true } : {}),
      }
      const SNICallback = (name: string, done: (error: null) => void) => {
        asked.push(name)
        done(null)
      }
      new TLSSocket(socket, { ...options, SNICallback }).on('error', () => undefined).resume()
    }
    begin().catch(() => socket.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async stop() {
      sockets.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}

/** How servers of each protocol begin, by their specifications. */
export const conversations = {
  smtp: async (socket: Socket) => {
    socket.write('220-mail.test at your service\r\n220 ready\r\n')
    await expectLine(socket, /^EHLO \S+$/)
    socket.write('250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n')
    await expectLine(socket, /^STARTTLS$/)
    socket.write('220 go ahead\r\n')
  },
  imap: async (socket: Socket) => {
    socket.write('* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n')
    const [tag] = (await expectLine(socket, /^\S+ STARTTLS$/)).split(' ')
    socket.write(`* CAPABILITY IMAP4rev1\r\n${tag ?? ''} OK begin\r\n`)
  },
  pop3: async (socket: Socket) => {
    socket.write('+OK ready\r\n')
    await expectLine(socket, /^STLS$/)
    socket.write('+OK begin\r\n')
  },
  ldap: async (socket: Socket) => {
    const request = await heard(socket)
    if (!request.includes('1.3.6.1.4.1.1466.20037')) throw new Error('no StartTLS')
    // resultCode success, matchedDN and diagnosticMessage empty.
    socket.write(Buffer.from('300c02010178070a010004000400', 'hex'))
  },
  postgres: async (socket: Socket) => {
    const request = await heard(socket)
    if (request.toString('hex') !== '0000000804d2162f') throw new Error('no SSLRequest')
    socket.write('S')
  },
  mysql: async (socket: Socket) => {
    socket.write(mysqlGreeting(0x0800))
    // The handshake may follow in the same packet.
    const request = await heard(socket, 36)
    if (request.length !== 36 || (request.readUInt32LE(4) & 0x0800) === 0) throw new Error('no SSLRequest')
  },
}

/** With the given lower capability flags. */
export function mysqlGreeting(capabilities: number): Buffer {
  const flags = Buffer.alloc(2)
  flags.writeUInt16LE(capabilities)
  const rest = Buffer.concat([Buffer.alloc(4, 7), Buffer.from('challeng'), Buffer.alloc(1), flags, Buffer.alloc(31)])
  const body = Buffer.concat([Buffer.from([10]), Buffer.from('8.4.0\0'), rest])
  const header = Buffer.alloc(4)
  header.writeUIntLE(body.length, 0, 3)
  return Buffer.concat([header, body])
}

async function expectLine(socket: Socket, pattern: RegExp): Promise<string> {
  const line = (await heard(socket)).toString().replace(/\r\n$/, '')
  if (!pattern.test(line)) throw new Error(`not expected: ${line}`)
  return line
}

async function heard(socket: Socket, length?: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(length) as Buffer | null
    if (chunk !== null) return chunk
    await once(socket, 'readable')
  }
}
