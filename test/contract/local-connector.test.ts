import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '../../src/connectors/local/certificate-authority.ts'
import { LocalConnector } from '../../src/connectors/local/local-connector.ts'
import { systemClock } from '../../src/core/clock.ts'
import { makeExclusively } from '../support/exclusively.ts'
import { openssl } from '../support/openssl.ts'
import { type ConnectorUnderTest, describeConnector } from './connector-contract.ts'

async function setUp(prepare: (directory: string) => Promise<unknown>): Promise<ConnectorUnderTest> {
  const state = await mkdtemp(join(tmpdir(), 'certctl-contract-'))
  const directory = join(state, 'local-ca')
  await prepare(directory)
  return {
    connector: new LocalConnector({ directory, clock: systemClock, exclusively: makeExclusively() }),
    tearDown: () => rm(state, { recursive: true, force: true }),
  }
}

function intermediate(): { certificates: string; key: string } {
  const [rootKey, key] = [openssl(['genrsa', '2048']), openssl(['genpkey', '-algorithm', 'ed25519'])]
  const root = openssl(
    [
      'req',
      '-x509',
      '-key',
      'k',
      '-subj',
      '/CN=root',
      '-days',
      '9',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    ],
    { k: rootKey },
  )
  const csr = openssl(['req', '-new', '-key', 'k', '-subj', '/CN=intermediate'], { k: key })
  const e =
    '[e]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n'
  const args = ['x509', '-req', '-in', 'csr', '-CA', 'root', '-CAkey', 'k', '-CAcreateserial', '-days', '9']
  const ca = openssl([...args, '-extfile', 'e', '-extensions', 'e'], { csr, root, k: rootKey, e })
  return { certificates: ca + root, key }
}

describeConnector('local, with a CA made at first use', () => setUp(() => Promise.resolve()))

describeConnector('local, with an RSA root', () =>
  setUp((directory) => createAuthority({ directory, clock: systemClock, keyType: 'rsa2048' })),
)

describeConnector("local, with the operator's own intermediate CA", () =>
  setUp((directory) => createAuthority({ directory, clock: systemClock, existing: intermediate() })),
)
