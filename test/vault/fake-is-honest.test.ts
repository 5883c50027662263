import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeVault, startFakeVault } from '../support/fake-vault.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { loginQuestions, makeLoginFixture } from './login-questions.ts'
import { outline } from './outline.ts'
import { pkiQuestions } from './pki-questions.ts'
import { serverQuestions } from './server-questions.ts'
import { tokenQuestions } from './token-questions.ts'

let fake: FakeVault
let real: RealVault

beforeAll(async () => {
  fake = await startFakeVault()
  real = await startRealVault()
  await makeLoginFixture(real)
})

afterAll(async () => {
  await fake.stop()
  await real.stop()
})

describe.each([
  ['tokens', tokenQuestions],
  ['PKI', pkiQuestions],
  ['the server itself', serverQuestions],
  ['logins', loginQuestions],
])('the fake answers as a real Vault does about %s', (_, questions) => {
  // Once in a while a second ends between two requests, and what is left of a maximum is one less.
  test.each(Object.entries(questions))('%s', { retry: 2 }, async (_title, ask) => {
    const [answered, expected] = await Promise.all([ask(fake), ask(real)])
    expect(answered.map((reply) => outline(reply))).toEqual(expected.map((reply) => outline(reply)))
  })
})
