import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../../src/core/clock.ts'
import type { Deployment } from '../../../../src/files/deployment-entry.ts'
import { noMetrics } from '../../../../src/metrics/metrics.ts'
import type { HookResult } from '../../../../src/operations/deployment/hook.ts'
import { runHooks, type Deployable } from '../../../../src/operations/deployment/run-hooks.ts'
import { parseCertificate, type Certificate } from '../../../../src/pki/certificate.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { recorded } from '../operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let certificate: Certificate
let directory: string
let results: readonly (readonly HookResult[])[]

beforeAll(async () => {
  certificate = parseCertificate((await IssuingCa.create()).root.pem, 'the certificate')
})

beforeEach(async () => {
  directory = await newDirectory()
})

/** A program that writes down its name, and fails where that is told. */
async function program(name: string, status = 0): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, `#!/bin/sh\necho "${name} $CERTCTL_COUNT" >> ${join(directory, 'log')}\nexit ${status}\n`)
  await chmod(path, 0o755)
  return path
}

function deployable(name: string, deployment: Deployment): Deployable {
  const files = { cert: 'c', chain: 'ch', fullchain: 'f', key: null, ca: null }
  const record = {
    schema: 1 as const,
    issuer: recorded,
    name,
    sans: [],
    ttlSeconds: null,
    keyType: null,
    keyOrigin: 'csr' as const,
    csr: null,
  }
  const published = { record, cert: '', chain: '', hasKey: false, files }
  return { directory: `/tls/${name}`, published, certificate, outputs: undefined, deployment }
}

async function log(all: readonly Deployable[]): Promise<readonly string[]> {
  const environment = { PATH: process.env.PATH }
  const host = { clock: systemClock, stateDirectory: directory, metrics: noMetrics, environment, jitterOf: () => 0 }
  results = [...(await runHooks(all, host)).values()]
  return (await readFile(join(directory, 'log'), 'utf8').catch(() => '')).trim().split('\n')
}

describe('the hooks of a batch', () => {
  it('run once for all that share them, after those that come first for any of them', async () => {
    const [copyA, copyB, reload] = [await program('copy-a'), await program('copy-b'), await program('reload')]
    const a = deployable('a', { deploy: [copyA, reload] })
    const b = deployable('b', { deploy: [reload] })
    const c = deployable('c', { deploy: [copyB, copyA, reload] })
    expect(await log([a, b, c])).toEqual(['copy-b 1', 'copy-a 2', 'reload 3'])
  })

  it('run for each one where that is told', async () => {
    const copy = await program('copy')
    const each = { deploy: [copy], deployEach: true }
    expect(await log([deployable('a', each), deployable('b', each)])).toEqual(['copy 1', 'copy 1'])
  })

  it('run several times where one run could not be told of all, each certificate in one of them', async () => {
    const path = await program('reload')
    await writeFile(path, `#!/bin/sh\necho "$CERTCTL_DIRS" >> ${join(directory, 'log')}\n`)
    const all = Array.from({ length: 2000 }, (_, index) => deployable(`${'x'.repeat(64)}-${index}`, { deploy: [path] }))
    expect(await log(all)).toEqual(all.map((one) => one.directory))
    expect(results.every(([hook]) => hook?.failure === undefined)).toBe(true)
    expect(new Set(results.flat()).size).toBe(5)
  })

  it('leave out one whose earlier hook failed, and serve the others', async () => {
    const [bad, good, reload] = [await program('bad', 3), await program('good'), await program('reload')]
    const a = deployable('a', { deploy: [bad, reload] })
    const b = deployable('b', { deploy: [good, reload] })
    expect(await log([a, b])).toEqual(['bad 1', 'good 1', 'reload 1'])
  })

  it('are not run when nobody is left to run them for', async () => {
    const [bad, reload] = [await program('bad', 3), await program('reload')]
    expect(await log([deployable('a', { deploy: [bad, reload] })])).toEqual(['bad 1'])
  })
})
