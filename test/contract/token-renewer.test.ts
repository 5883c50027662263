import { startFakeVault } from '../support/fake-vault.ts'
import { describeTokenRenewer } from './token-renewer-contract.ts'

describeTokenRenewer('the fake Vault', () => startFakeVault())
