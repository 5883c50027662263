import { describeTokenRenewer } from '../contract/token-renewer-contract.ts'
import { startRealVault } from '../support/real-vault.ts'

describeTokenRenewer('a real Vault', () => startRealVault({ fixture: false }))
