import { expect, onTestFinished, test, vi } from 'vitest'
import { expandHome, findVariable, homeDirectory, widenThreadPool } from '../../../src/config/environment.ts'

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

test('the thread pool is as wide as asked for, unless the operator has said how wide', () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('UV_THREADPOOL_SIZE', '')
  widenThreadPool(32)
  expect(process.env['UV_THREADPOOL_SIZE']).toBe('32')
  vi.stubEnv('UV_THREADPOOL_SIZE', '2')
  widenThreadPool(32)
  expect(process.env['UV_THREADPOOL_SIZE']).toBe('2')
})
