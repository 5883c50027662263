import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'

export interface RawServer {
  readonly port: number
  stop(): Promise<void>
}

/** A TCP listener on loopback that does with a connection what it is told. */
export async function listenRaw(onConnection: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      sockets.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}
