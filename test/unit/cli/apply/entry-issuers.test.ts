import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EntryIssuers, type SettingFlags } from '../../../../src/cli/apply/entry-issuers.ts'
import { ProfileStore } from '../../../../src/config/profiles.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const address = 'https://vault.example.com:8200'
let config: string

beforeEach(async () => {
  config = await newDirectory()
  for (const name of Object.keys(process.env)) if (/^(?:CERTCTL|VAULT|BAO)_/.test(name)) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', config)
  vi.stubEnv('CERTCTL_CONFIG_DIR', config)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

async function told(flags: SettingFlags) {
  const issuers = new EntryIssuers(() => Promise.reject(new Error('an issuer was opened')))
  return (await issuers.for(flags)).told
}

describe('what an entry tells of its issuer', () => {
  it.each(['pki/', '/pki', '/pki//', 'pki'])('has the mount %s as records have it', async (mount) => {
    expect(await told({ address, mount })).toEqual({ address, mount: 'pki' })
  })

  it.each(['team/', '/team', 'team'])('has the namespace %s as records have it', async (namespace) => {
    expect(await told({ address, namespace })).toEqual({ address, namespace: 'team' })
  })

  it('is nothing of a Vault where the embedded CA is told, which records none of it', async () => {
    const vault = { address, mount: 'pki', role: 'web', namespace: 'team', 'issuer-ref': 'new' }
    expect(await told({ ...vault, issuer: 'local' })).toEqual({ kind: 'local' })
    await new ProfileStore(config).set('own', { issuer: 'local' })
    expect(await told({ ...vault, profile: 'own' })).toEqual({ profile: 'own' })
  })

  it('is nothing that a variable says', async () => {
    vi.stubEnv('CERTCTL_VAULT_MOUNT', 'other')
    vi.stubEnv('VAULT_ADDR', address)
    expect(await told({ role: 'web' })).toEqual({ role: 'web' })
  })
})
