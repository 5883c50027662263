import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeVault, startFakeVault } from '../support/fake-vault.ts'
import { type RealVault, startRealVault } from '../support/real-vault.ts'
import { outline } from './outline.ts'
import { pkiQuestions } from './pki-questions.ts'
import { serverQuestions } from './server-questions.ts'
import { tokenQuestions } from './token-questions.ts'

let fake: FakeVault
let real: RealVault

beforeAll(async () => {
  fake = await startFakeVault()
  real = await startRealVault()
})

afterAll(async () => {
  await fake.stop()
  await real.stop()
})

describe.each([
  ['tokens', tokenQuestions],
  ['PKI', pkiQuestions],
  ['the server itself', serverQuestions],
])('the fake answers as a real Vault does about %s', (_, questions) => {
  test.each(Object.entries(questions))('%s', async (_title, ask) => {
    const said = (await ask(real)).map((reply) => outline(reply))
    expect((await ask(fake)).map((reply) => outline(reply))).toEqual(said)
  })
})
