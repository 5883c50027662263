import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { FileError, UnavailableError } from '../../../../src/core/errors.ts'
import { issueCertificate } from '../../../../src/operations/issue-certificate.ts'
import { runFailureHooks, type Failure } from '../../../../src/operations/deployment/failure-hooks.ts'
import { planIssue } from '../../../../src/operations/plan-issue.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { OperationsScene } from '../operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let scene: OperationsScene
let told: string

beforeEach(async () => {
  const temporary = await newDirectory()
  scene = new OperationsScene(await IssuingCa.create(), temporary)
  told = join(temporary, 'told')
  const tell = join(temporary, 'tell')
  await writeFile(tell, `#!/bin/sh\nenv -0 | grep -z -e '^CERTCTL_' -e '^FAILED_' > '${told}'\n`)
  await chmod(tell, 0o755)
  const key = { origin: 'generated', keyType: undefined } as const
  const plan = planIssue({ name: 'web.corp', sans: [], ttl: undefined, key })
  const order = { ...plan, directory: scene.directory, replace: false, outputs: {}, deployment: { onFailure: [tell] } }
  await issueCertificate(order, scene.issuer, scene.host)
})

/** The variables that the command for failures was given. */
async function toldOf(failures: readonly Failure[]): Promise<Readonly<Record<string, string>>> {
  expect(await runFailureHooks(failures, scene.host, new AbortController().signal)).toEqual([])
  const lines = (await readFile(told, 'utf8')).split('\0').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

function failure(error: unknown): Failure {
  return { place: scene.directory, phase: 'renewal', error }
}

describe('the command for failures', () => {
  it('is told of one, and of all in lists', async () => {
    const { path } = scene.directory
    expect(await toldOf([failure(new FileError('the disk is full'))])).toMatchObject({
      CERTCTL_COUNT: '1',
      CERTCTL_DIR: path,
      CERTCTL_ERROR: 'the disk is full',
      CERTCTL_ERROR_CODE: 'file',
      CERTCTL_ERRORS: `${path}: the disk is full`,
    })
    const both = await toldOf([failure(new FileError('one')), failure(new FileError('two'))])
    expect(both).toMatchObject({ CERTCTL_COUNT: '2', CERTCTL_ERRORS: `${path}: one\n${path}: two` })
    expect(Object.keys(both)).not.toEqual(expect.arrayContaining(['CERTCTL_LEFT_OUT']))
  })

  it('runs also when there is more to tell than the system takes, and is told how much is left out', async () => {
    const all = Array.from({ length: 1000 }, () => failure(new UnavailableError('no route '.repeat(30))))
    const variables = await toldOf(all)
    const listed = variables['CERTCTL_DIRS']!.split('\n').length
    expect(listed).toBeGreaterThan(100)
    expect(variables).toMatchObject({ CERTCTL_COUNT: '1000', CERTCTL_LEFT_OUT: String(1000 - listed) })
    expect(variables['CERTCTL_NAMES']!.split('\n')).toHaveLength(listed)
    expect(variables['FAILED_DOMAINS']!.split(' ')).toHaveLength(listed)
    const errors = variables['CERTCTL_ERRORS']!.split('\n')
    expect(errors).toHaveLength(listed + 1)
    expect(errors.at(-1)).toBe(`and ${1000 - listed} more`)
  })

  it('runs also when a single message is longer than that', async () => {
    const { CERTCTL_ERROR, CERTCTL_ERRORS } = await toldOf([failure(new UnavailableError('x'.repeat(200_000)))])
    expect([CERTCTL_ERROR?.length, CERTCTL_ERRORS?.endsWith('xxx')]).toEqual([2000, true])
  })
})
