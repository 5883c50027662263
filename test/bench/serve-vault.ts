import 'reflect-metadata'
import { once } from 'node:events'
import { startFakeVault } from '../support/fake-vault.ts'
import { startRealVault } from '../support/real-vault.ts'

/** Serves the fixture until standard input ends; prints where, and the tokens, as one line of JSON. */
async function serve(kind: string | undefined): Promise<void> {
  const vault = kind === 'real' ? await startRealVault() : await startFakeVault()
  const { token } = await vault.createToken({ ttl: '12h' })
  // Long enough to be renewed at half of its TTL and not in a hurry, short enough for several renewals in a measurement.
  const { token: shortToken } = await vault.createToken({ ttl: '12s' })
  process.stdout.write(`${JSON.stringify({ address: vault.address, token, shortToken })}\n`)
  process.stdin.resume()
  await once(process.stdin, 'end')
  await vault.stop()
}

void serve(process.argv[2])
