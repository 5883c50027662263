import { expect, it } from 'vitest'
import { loginDistance } from '../../../../../src/connectors/vault/token/renewal-schedule.ts'

it.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 4],
  [6, 32],
  [7, 60],
  [100, 60],
])('after %d tokens in a row that were of no use, the next login is %d s away', (hurried, seconds) => {
  expect(loginDistance(hurried).seconds).toBe(seconds)
})
