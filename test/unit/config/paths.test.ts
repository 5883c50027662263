import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { configDirectory, ensurePrivateDirectory, runtimeDirectory, stateDirectory } from '../../../src/config/paths.ts'
import { FileError } from '../../../src/core/errors.ts'
import { temporaryDirectory, thrownBy } from './support.ts'

const HOME = '/home/someone'

test('the directories are those of the user', () => {
  expect(configDirectory({ HOME })).toBe('/home/someone/.config/certctl')
  expect(stateDirectory({ HOME })).toBe('/home/someone/.local/state/certctl')
})

test('XDG variables move them', () => {
  expect(configDirectory({ HOME, XDG_CONFIG_HOME: '/x' })).toBe('/x/certctl')
  expect(stateDirectory({ HOME, XDG_STATE_HOME: '/x' })).toBe('/x/certctl')
})

test('a relative XDG variable is ignored', () => {
  expect(configDirectory({ HOME, XDG_CONFIG_HOME: 'x' })).toBe('/home/someone/.config/certctl')
})

test('own variables name them, relative to where the program runs', () => {
  expect(configDirectory({ HOME, XDG_CONFIG_HOME: '/x', CERTCTL_CONFIG_DIR: '/y' })).toBe('/y')
  expect(stateDirectory({ HOME, CERTCTL_STATE_DIR: 'state' })).toBe(resolve('state'))
})

test('a private directory and what is missing above it are made for the owner alone', () => {
  const above = join(temporaryDirectory(), 'a')
  ensurePrivateDirectory(join(above, 'b'))
  expect([above, join(above, 'b')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700])
})

test('a directory that is there stays as it is', () => {
  const directory = join(temporaryDirectory(), 'a')
  mkdirSync(directory, { mode: 0o755 })
  ensurePrivateDirectory(directory)
  expect(statSync(directory).mode & 0o777).toBe(0o755)
})

test('a directory that others may write is refused', () => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o770)
  expect(thrownBy(() => ensurePrivateDirectory(directory))).toMatchObject({
    exitCode: 7,
    hint: `chmod go-w ${directory}`,
  })
})

test('a file in its place is refused', () => {
  const file = join(temporaryDirectory(), 'file')
  writeFileSync(file, '')
  expect(thrownBy(() => ensurePrivateDirectory(file))).toBeInstanceOf(FileError)
  expect(thrownBy(() => ensurePrivateDirectory(join(file, 'below')))).toBeInstanceOf(FileError)
})

test('what lives as long as a session is in the runtime directory, else beside the state', () => {
  expect(runtimeDirectory({ HOME, XDG_RUNTIME_DIR: '/run/user/1' })).toBe('/run/user/1/certctl')
  expect(runtimeDirectory({ HOME, XDG_RUNTIME_DIR: 'relative', CERTCTL_STATE_DIR: '/state' })).toBe('/state')
  expect(runtimeDirectory({ HOME })).toBe('/home/someone/.local/state/certctl')
})
