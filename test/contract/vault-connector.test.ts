import { startFakeVault } from '../support/fake-vault.ts'
import { describeVaultConnector } from './vault-connector-contract.ts'

describeVaultConnector('the fake Vault', () => startFakeVault())
