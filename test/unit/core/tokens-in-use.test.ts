import { expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { noteToken, withoutTokens } from '../../../src/core/tokens-in-use.ts'

it('tokens that were used are blanked, and those of a loop that goes on for ever do not add up', () => {
  const token = (index: number) => `token-${index}-`
  for (let index = 0; index < 2001; index += 1) noteToken(new Secret(token(index)))
  expect(withoutTokens(token(2000))).toBe('[redacted]')
  expect(withoutTokens(token(1))).toBe('[redacted]')
  expect(withoutTokens(token(0))).toBe(token(0))
})
