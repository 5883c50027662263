import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { Secret } from '../../../src/core/secret.ts'
import { inspect, type Inspection, type InspectionOrder } from '../../../src/operations/inspect.ts'
import { makePkcs12 } from '../../support/make-pkcs12.ts'
import { TestCa } from '../../support/test-ca.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certctl-'))
})

afterEach(() => rm(directory, { recursive: true }))

async function write(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(directory, name), content)
  return join(directory, name)
}

function look(target: string, changes: Partial<InspectionOrder> = {}): Promise<Inspection> {
  const order = {
    target,
    name: undefined,
    anchors: [],
    startTls: undefined,
    timeout: Duration.ofSeconds(10),
    password: () => Promise.resolve(new Secret('pass')),
    readStdin: () => Promise.reject(new Error('read')),
    whileAsking: () => Promise.reject(new Error('asked')),
    now: new Date(),
    ...changes,
  }
  return inspect(order, new AbortController().signal)
}

describe('inspect', () => {
  it('says that an endpoint is being asked of an endpoint alone, not over the prompt for a password', async () => {
    const file = await write('web.p12', makePkcs12(await (await TestCa.create()).server(), { password: 'pass' }))
    expect((await look(file)).problems).toEqual([])
    await expect(look('127.0.0.1:9')).rejects.toThrow('asked')
  })
})
