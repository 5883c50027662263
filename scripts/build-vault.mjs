// Prints the path of the real Vault that tests run against, and builds it first when this machine has none.
import { existsSync } from 'node:fs'
import { buildVault, isGoInstalled, vaultProgram } from './vault-program.mjs'

const program = vaultProgram()
if (!existsSync(program) && !isGoInstalled()) {
  console.error(
    'There is no Go here to build Vault with: the real suite can NOT be run. See https://go.dev/doc/install',
  )
  process.exitCode = 3
} else {
  await buildVault(program)
  console.log(program)
}
