import { afterAll, beforeAll, describe } from 'vitest'
import type { PkiPlace } from '../../src/connectors/vault/pki/vault-pki.ts'
import type { VaultServer } from '../support/vault-server.ts'
import { VaultSubject } from '../support/vault-subject.ts'
import { type ConnectorCapabilities, type ConnectorUnderTest, describeConnector } from './connector-contract.ts'
import { describeVaultIssuing } from './vault-issuing-contract.ts'

/** The Connector contract, and what only a Vault can be asked, on any server that speaks its API. */
export function describeVaultConnector(on: string, start: () => Promise<VaultServer>): void {
  describe(`on ${on}`, () => {
    let server: VaultServer

    beforeAll(async () => {
      server = await start()
    })

    afterAll(() => server.stop())

    async function setUp(place: Partial<PkiPlace>, capabilities: ConnectorCapabilities = {}) {
      const { token } = await server.createToken({ ttl: '10m' })
      const subject = new VaultSubject({ address: server.address, token, place })
      return {
        connector: subject.connector,
        capabilities,
        countIssued: () => Promise.resolve(subject.issued),
        tearDown: () => Promise.resolve(subject.http.close()),
      } satisfies ConnectorUnderTest
    }

    describeConnector('vault, signing with a root', () => setUp({ role: 'all-ec' }))

    describeConnector('vault, signing with an intermediate', () => setUp({ mount: 'pki_int', role: 'all-ec' }))

    describeConnector('vault, of a role with the default kind of key', () =>
      setUp({ mount: 'pki_int', role: 'all-rsa' }, { keyType: 'rsa2048' }),
    )

    describeConnector('vault, of a role for any kind of key', () =>
      setUp({ role: 'uri' }, { keyType: 'ed25519', issuerKeys: false }),
    )

    describeConnector('vault, of a role that stores nothing', () => setUp({ role: 'all-no-store' }))

    describeConnector('vault, by an issuer of its own choice', async () =>
      setUp({ mount: 'pki_int', role: 'all-ec', issuerRef: await signingIssuer(server) }),
    )

    describeVaultIssuing(() => server)
  })
}

/** The id of the intermediate: the mount knows the root too, without its key. */
async function signingIssuer(server: VaultServer): Promise<string> {
  const { json } = await server.request('LIST', 'pki_int/issuers')
  const issuers = Object.entries(json?.data?.key_info as Readonly<Record<string, { readonly key_id: string }>>)
  return issuers.find(([, { key_id }]) => key_id !== '')![0]
}
