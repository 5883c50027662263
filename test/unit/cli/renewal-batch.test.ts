import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { directoriesToRenew, exitStatusOf, goneWarnings } from '../../../src/cli/renewal-batch.ts'
import { AuthError, FileError, UnavailableError, UsageError } from '../../../src/core/errors.ts'
import { Inventory } from '../../../src/files/inventory.ts'
import type { RenewalOutcome } from '../../../src/operations/renew-all.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const newDirectory = useTemporaryDirectories()
const silent: (text: string) => void = () => undefined

afterEach(() => {
  vi.unstubAllEnvs()
})

async function pathsOf(...[paths, all = false, warn = silent]: readonly [string[], boolean?, typeof silent?]) {
  return (await directoriesToRenew(paths, { all, undo: false }, warn)).directories.map(({ path }) => path)
}

describe('the directories to renew', () => {
  it('are those that are named, each once however it is written', async () => {
    const here = process.cwd()
    expect(await pathsOf(['/etc/tls/web', 'web', './web/', '/etc/tls/../tls/web'])).toEqual([
      '/etc/tls/web',
      join(here, 'web'),
    ])
  })

  it('are those that are named, each once by whatever link', async () => {
    const base = await newDirectory()
    await mkdir(join(base, 'web'))
    await symlink('web', join(base, 'link'))
    expect(await pathsOf([join(base, 'link'), join(base, 'web')])).toEqual([join(base, 'link')])
  })

  it('are those that were issued on this host, with --all', async () => {
    const state = await newDirectory()
    vi.stubEnv('CERTCTL_STATE_DIR', state)
    expect(await pathsOf([], true)).toEqual([])
    const inventory = new Inventory(state)
    await inventory.update('/etc/tls/web', (entry) => entry)
    await inventory.update('/etc/tls/db', (entry) => entry)
    await mkdir(join(state, 'certificates'), { recursive: true })
    await writeFile(join(state, 'certificates', `${'0'.repeat(32)}.json`), 'broken')
    const warnings: string[] = []
    expect(await pathsOf([], true, (text) => void warnings.push(text))).toEqual(['/etc/tls/db', '/etc/tls/web'])
    expect(warnings).toEqual([expect.stringMatching(/is skipped/)])
  })

  it('that are gone are told of with what makes this host forget them', async () => {
    const state = await newDirectory()
    vi.stubEnv('CERTCTL_STATE_DIR', state)
    const error = new FileError('there is none')
    const outcomes = ['/etc/tls/gone', state].map((directory) => ({ directory, error }))
    expect(goneWarnings(outcomes)).toEqual([
      expect.stringMatching(/^\/etc\/tls\/gone does not exist any more; .* rm .*\.json$/),
    ])
  })

  it.each<[string[], boolean]>([
    [[], false],
    [['web'], true],
    [['web', ''], false],
  ])('are a usage error: %j, --all %s', async (paths, all) => {
    await expect(pathsOf(paths, all)).rejects.toThrow(UsageError)
  })

  it('that nobody names: the error names --all', async () => {
    const error: unknown = await pathsOf([]).catch((thrown: unknown) => thrown)
    expect(`${(error as UsageError).message} ${(error as UsageError).hint ?? ''}`).toContain('--all')
  })
})

describe('the exit status of a batch', () => {
  const done = { directory: 'a', renewal: {} } as RenewalOutcome
  const failed = (error: unknown): RenewalOutcome => ({ directory: 'b', error })
  const [denied, away, broken] = [new AuthError('x'), new UnavailableError('x'), new FileError('x')]

  it.each<[number, readonly RenewalOutcome[]]>([
    [0, []],
    [0, [done, done]],
    [4, [failed(denied)]],
    [5, [failed(away), failed(away)]],
    [9, [failed(away), failed(denied)]],
    [9, [done, failed(broken)]],
    [1, [failed(new TypeError('bug'))]],
    [9, [failed(new TypeError('bug')), failed(broken)]],
  ])('is %i', (status, outcomes) => {
    expect(exitStatusOf(outcomes)).toBe(status)
  })
})
