import { defineConfig } from 'vitest/config'

/** The unit tests that mutants of the token's model and of the answers have to reckon with. */
export default defineConfig({
  test: { include: ['test/unit/connectors/vault/**/*.test.ts', 'test/unit/operations/token-status.test.ts'] },
})
