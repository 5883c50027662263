import { expect, test } from 'vitest'
import { expandHome, findVariable, homeDirectory } from '../../../src/config/environment.ts'

test('the first variable that is set is found', () => {
  expect(findVariable({ B: 'two', C: 'three' }, 'A', 'B', 'C')).toEqual({ name: 'B', value: 'two' })
})

test('a variable that is present but empty counts as not set', () => {
  expect(findVariable({ A: '', B: 'two' }, 'A', 'B')).toEqual({ name: 'B', value: 'two' })
  expect(findVariable({ A: '' }, 'A')).toBeUndefined()
})

test('the home directory is HOME when it is set, and some absolute path when not', () => {
  expect(homeDirectory({ HOME: '/home/someone' })).toBe('/home/someone')
  expect(homeDirectory({ HOME: '' })).toMatch(/^\//)
})

test('only a leading ~/ stands for the home directory', () => {
  expect(expandHome('~/.vault', { HOME: '/h' })).toBe('/h/.vault')
  expect(expandHome('/a/~/b', { HOME: '/h' })).toBe('/a/~/b')
})
