import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { askVault } from '../support/ask-vault.ts'
import { startRealVault } from '../support/real-vault.ts'

test('a real Vault starts with TLS, knows its CA, and is gone when it is stopped', async () => {
  const vault = await startRealVault({ tls: true, fixture: false })
  const question = { method: 'GET', path: '/v1/sys/health', tls: { ca: await readFile(vault.caFile) } }
  try {
    expect((await askVault(vault.address, question)).json).toMatchObject({ version: '1.21.0', sealed: false })
  } finally {
    await vault.stop()
  }
  await expect(askVault(vault.address, question)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await expect(readFile(vault.caFile)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a program that is no Vault is told apart from one that is slow', async () => {
  await expect(startRealVault({ program: process.execPath })).rejects.toThrow(/vault ended with \d+/)
  await expect(startRealVault({ program: '/nonexistent/vault' })).rejects.toMatchObject({ code: 'ENOENT' })
})
