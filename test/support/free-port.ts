import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Of loopback: nobody listens there now, and whoever is started next has it for himself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Of loopback: nobody ever listens there. A free one may be another test's server by the time that it is asked. */
export const closedPort = 1
