import { describe, expect, it } from 'vitest'
import type { Outputs } from '../../../../src/files/inventory-entry.ts'
import { assertCoherent, mergeOutputs, pathsOf } from '../../../../src/operations/outputs/told-outputs.ts'

describe('what is told of outputs', () => {
  it('takes the place of what was kept, the rest of which stays, also what is not known here', () => {
    expect(mergeOutputs({ certFile: '/a', group: 'web', later: 1 }, { certFile: '/b', keyMode: '0640' })).toEqual({
      certFile: '/b',
      group: 'web',
      later: 1,
      keyMode: '0640',
    })
  })

  it('ends by an empty text or a no, and is nothing when nothing is left', () => {
    expect(mergeOutputs({ certFile: '/a', pkcs12Legacy: true }, { certFile: '', pkcs12Legacy: false })).toBeUndefined()
    expect(mergeOutputs(undefined, {})).toBeUndefined()
  })

  it('ends with it what was kept for its sake', () => {
    const store = { pkcs12File: '/s', pkcs12PasswordFile: '/p', pkcs12Alias: 'a', pkcs12Legacy: true }
    const key = { keyFile: '/k', keyPasswordFile: '/p', keyFormat: 'pkcs8', owner: 'web' } as const
    expect(mergeOutputs({ ...store, certFile: '/c' }, { pkcs12File: '' })).toEqual({ certFile: '/c' })
    expect(mergeOutputs({ ...key, keyMode: '0640' }, { keyFile: '' })).toEqual({ keyMode: '0640' })
    expect(mergeOutputs({ ...key, combinedFile: '/all' }, { keyFile: '' })).toEqual({
      combinedFile: '/all',
      keyFormat: 'pkcs8',
      owner: 'web',
    })
  })

  it('keeps what is told for nothing, to be refused', () => {
    expect(mergeOutputs(undefined, { pkcs12Alias: 'a' })).toEqual({ pkcs12Alias: 'a' })
    expect(mergeOutputs({ keyFile: '/k' }, { keyFile: '', owner: 'web' })).toEqual({ owner: 'web' })
  })
})

describe('the order of files', () => {
  it('ends with what programs read one right after the other: certificate, then key', () => {
    expect(pathsOf({ keyFile: '/k', certFile: '/c', caFile: '/ca', combinedFile: '/all' })).toEqual([
      '/ca',
      '/all',
      '/c',
      '/k',
    ])
  })
})

describe('outputs that make no sense together', () => {
  const cases: readonly [string, Outputs][] = [
    ['/x is named for two files', { certFile: '/x', keyFile: '/x' }],
    ['--pkcs12-file needs --pkcs12-password-file', { pkcs12File: '/s' }],
    ['--pkcs12-alias needs --pkcs12-file', { pkcs12Alias: 'a' }],
    ['--pkcs12-legacy needs --pkcs12-file', { pkcs12Legacy: true }],
    ['--key-password-file needs --key-file', { keyPasswordFile: '/p', combinedFile: '/all' }],
    ['--key-format needs --key-file or --combined-file', { keyFormat: 'pkcs8', certFile: '/c' }],
    ['--owner needs a file to give away', { owner: 'web', keyMode: '0600' }],
    ['--key-format traditional does not go', { keyFile: '/k', keyFormat: 'traditional', keyPasswordFile: '/p' }],
  ]
  it.each(cases)('are refused: %s', (message, outputs) => {
    expect(() => assertCoherent(outputs, true)).toThrow(message)
  })

  it('are those with a key where there is none', () => {
    for (const key of ['keyFile', 'combinedFile']) {
      expect(() => assertCoherent({ [key]: '/k' }, false)).toThrow(
        'needs the key, which stays with whoever made the CSR',
      )
    }
    expect(() => assertCoherent({ certFile: '/c', derFile: '/d' }, false)).not.toThrow()
  })
})
