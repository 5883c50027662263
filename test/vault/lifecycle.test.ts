import { describeVaultLifecycle } from '../contract/vault-lifecycle-contract.ts'
import { startRealVault } from '../support/real-vault.ts'

describeVaultLifecycle('a real Vault', () => startRealVault({ fixture: false }))
