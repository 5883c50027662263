import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'

const value = 'hvs.CAESIPlanted.+*(x)'
const secret = new Secret(value)

describe('a Secret', () => {
  it.each([
    ['printed', () => String(secret)],
    ['joined', () => [secret].join(' ')],
    ['serialised', () => JSON.stringify({ token: secret })],
    ['inspected', () => inspect({ deep: { token: secret } }, { depth: 9, showHidden: true })],
    ['its keys', () => JSON.stringify(Object.entries(secret))],
    ['in an error', () => inspect(new Error('x', { cause: secret }))],
  ])('does not show %s', (_, show) => {
    expect(show()).not.toContain('Planted')
  })

  it('shows the value to whoever asks for it by name', () => {
    expect(secret.reveal()).toBe(value)
  })

  it('knows its equal', () => {
    expect(secret.equals(new Secret(value))).toBe(true)
    expect(secret.equals(new Secret(`${value} `))).toBe(false)
  })

  it('is blanked wherever it stands in a text, its special characters taken as they are', () => {
    expect(secret.redactFrom(`a ${value}${value} b`)).toBe('a [redacted][redacted] b')
    expect(secret.redactFrom('hvs.CAESIPlanted_+*(x)')).toBe('hvs.CAESIPlanted_+*(x)')
  })

  it('blanks nothing when it is empty', () => {
    expect(new Secret('').redactFrom('text')).toBe('text')
  })

  it('brings nothing back by a pattern of replacement', () => {
    expect(new Secret('$&').redactFrom('a $& b')).toBe('a [redacted] b')
  })
})
