import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    disableConsoleIntercept: true,
    // Concurrent tests mostly wait: for a token to age, for a process to end.
    maxConcurrency: 32,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/{unit,support,chaos/judge}/**/*.test.ts'] } },
      { extends: true, test: { name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      {
        extends: true,
        // The files share nothing but what they import, which is then loaded once.
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 60_000, isolate: false },
      },
      { extends: true, test: { name: 'supervisors', include: ['test/supervisors/**/*.test.ts'], testTimeout: 60_000 } },
      {
        extends: true,
        // Minutes of killing: for the whole check, not for every run.
        test: { name: 'publishing', include: ['test/publishing/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'chaos', include: ['test/chaos/*.test.ts'], testTimeout: 150_000, hookTimeout: 120_000 },
      },
      {
        extends: true,
        test: { name: 'vault', include: ['test/vault/**/*.test.ts'], testTimeout: 90_000, hookTimeout: 120_000 },
      },
    ],
  },
})
