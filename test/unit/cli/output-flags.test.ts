import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { outputsTold, renewedOutputs } from '../../../src/cli/output-flags.ts'
import { UsageError } from '../../../src/core/errors.ts'

describe('the flags of files', () => {
  it('tell absolute paths, and nothing that was not told', () => {
    expect(outputsTold({ 'key-file': 'tls/key.pem', 'pkcs12-legacy': false, group: 'web' })).toEqual({
      keyFile: resolve('tls/key.pem'),
      pkcs12Legacy: false,
      group: 'web',
    })
    expect(outputsTold({})).toEqual({})
  })

  it('keep an empty text, which ends what was told before', () => {
    expect(outputsTold({ 'key-file': '', 'key-mode': '', group: '' })).toEqual({ keyFile: '', keyMode: '', group: '' })
  })

  it.each([
    ['640', '0640'],
    ['0600', '0600'],
    ['0440', '0440'],
  ])('write a mode like %s as %s', (text, mode) => {
    expect(outputsTold({ 'key-mode': text })).toEqual({ keyMode: mode })
  })

  it.each(['0644', '0604', '0660', '0240', '0750', '4640', '9', 'rw', '0x1a0'])('refuse %s for a key', (text) => {
    expect(() => outputsTold({ 'key-mode': text })).toThrow(UsageError)
  })

  it.each(['0664', '0646', '0755', '0044'])('refuse %s for other files', (text) => {
    expect(() => outputsTold({ 'cert-mode': text })).toThrow(UsageError)
    expect(outputsTold({ 'cert-mode': '0444' })).toEqual({ certMode: '0444' })
  })

  it('name a file for one certificate only', () => {
    expect(() => renewedOutputs({ 'cert-file': '/c' }, false)).toThrow('/c can hold one certificate only')
    expect(renewedOutputs({ 'cert-file': '/c' }, true)).toEqual({ certFile: '/c' })
    expect(renewedOutputs({ 'cert-file': '', group: 'web' }, false)).toEqual({ certFile: '', group: 'web' })
  })
})
