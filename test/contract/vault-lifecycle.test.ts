import { startFakeVault } from '../support/fake-vault.ts'
import { describeVaultLifecycle } from './vault-lifecycle-contract.ts'

describeVaultLifecycle('the fake Vault', () => startFakeVault())
