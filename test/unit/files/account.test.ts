import { expect, it } from 'vitest'
import { accountId } from '../../../src/files/account.ts'

it('takes a number as it is, known or not', async () => {
  expect(await accountId('passwd', '123456', '--sink-owner')).toBe(123456)
})

it.each([
  ['passwd', 'root', 0],
  ['group', 'root', 0],
  ['passwd', 'daemon', 1],
] as const)('asks the system for the id: %s %s', async (database, name, id) => {
  expect(await accountId(database, name, '--sink-owner')).toBe(id)
})

it.each([
  ['passwd', 'nobody-at-all', 'there is no such user'],
  ['group', 'nobody-at-all', 'there is no such group'],
  ['passwd', '--service', 'there is no such user'],
  ['passwd', '-1', 'there is no such user'],
  ['passwd', '', 'there is no such user'],
] as const)('refuses %s "%s" as a wrong flag', async (database, name, text) => {
  const error = accountId(database, name, '--sink-owner')
  await expect(error).rejects.toMatchObject({ exitCode: 2 })
  await expect(error).rejects.toThrow(text)
})
