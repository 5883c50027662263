// What decides how long a token lives, and what Vault's answers mean: no line of it may be of no account to the tests.
export default {
  mutate: ['src/connectors/vault/{token,answers}/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation.config.ts', related: false },
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { logTests: false, allowColor: false },
  thresholds: { break: 85 },
  concurrency: 2,
  tempDirName: 'node_modules/.stryker',
}
