import { describeVaultConnector } from '../contract/vault-connector-contract.ts'
import { startRealVault } from '../support/real-vault.ts'

describeVaultConnector('a real Vault', () => startRealVault())
