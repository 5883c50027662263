import { realpathSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { hiddenFromServices, programToRun } from '../../../../src/cli/generate/program.ts'

test('a program that is named is run by itself', async () => {
  expect(await programToRun('/usr/local/bin/certctl')).toEqual(['/usr/local/bin/certctl'])
})

test('else it is what runs now, by its real path', async () => {
  expect(await programToRun(undefined)).toEqual([process.execPath, realpathSync(process.argv[1]!)])
})

const homeOfRoot = '/root'

describe('a service with a home and a /tmp of its own', () => {
  it.each([
    [`${homeOfRoot}/bin/node`, `${homeOfRoot}/bin/node`],
    ['/home/me/certctl.cjs', '/home/me/certctl.cjs'],
    ['/tmp/certctl', '/tmp/certctl'],
    ['/opt/home/certctl', undefined],
    ['/usr/bin/certctl', undefined],
  ])('cannot see %s: %s', (path, hidden) => {
    expect(hiddenFromServices(['/usr/bin/node', path])).toBe(hidden)
  })
})
