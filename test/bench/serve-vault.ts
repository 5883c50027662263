import 'reflect-metadata'
import { createInterface } from 'node:readline'
import { startFakeVault } from '../support/fake-vault.ts'
import { startRealVault } from '../support/real-vault.ts'

/** Serves the fixture until standard input ends; prints where. Each line that it reads is a TTL, and is answered with a token. */
async function serve(kind: string | undefined): Promise<void> {
  const vault = kind === 'real' ? await startRealVault() : await startFakeVault()
  process.stdout.write(`${vault.address}\n`)
  for await (const ttl of createInterface({ input: process.stdin })) {
    const { token } = await vault.createToken({ ttl })
    process.stdout.write(`${token}\n`)
  }
  await vault.stop()
}

void serve(process.argv[2])
