import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { UsageError } from '../../../src/core/errors.ts'
import { Secret } from '../../../src/core/secret.ts'
import { inspect, type Inspection, type InspectionOrder } from '../../../src/operations/inspect.ts'
import type { Certificate } from '../../../src/pki/certificate.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey } from '../../../src/pki/private-key.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { makePkcs12 } from '../../support/make-pkcs12.ts'
import { makeOwnCa } from '../../support/own-ca.ts'
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

function codes({ problems }: Inspection): readonly string[] {
  return problems.map(({ code }) => code)
}

async function leafOf(ca: IssuingCa): Promise<Certificate> {
  const { publicKey } = await generatePrivateKey('ec256')
  const { notBefore, notAfter } = ca.intermediate
  return ca.sign({ commonName: 'web.corp', sans: [parseSan('web.corp')], publicKey, notBefore, notAfter })
}

describe('inspect', () => {
  it('says that an endpoint is being asked of an endpoint alone, not over the prompt for a password', async () => {
    const file = await write('web.p12', makePkcs12(await (await TestCa.create()).server(), { password: 'pass' }))
    expect((await look(file)).problems).toEqual([])
    await expect(look('127.0.0.1:9')).rejects.toThrow('asked')
  })

  it('holds a certificate that stands alone against the roots that are named', async () => {
    const [ca, other] = [await IssuingCa.create(), await makeOwnCa('other')]
    const leaf = await leafOf(ca)
    const file = await write('leaf.pem', leaf.pem)
    expect(codes(await look(file))).toEqual([])
    expect(codes(await look(file, { anchors: [ca.root] }))).toEqual(['missing-intermediate'])
    expect(codes(await look(file, { anchors: [ca.intermediate] }))).toEqual([])
    const root = await write('root.pem', ca.root.pem)
    expect(codes(await look(root, { anchors: [other.certificate] }))).toEqual(['self-signed'])
    expect(codes(await look(root, { anchors: [ca.root] }))).toEqual([])
  })

  it('leaves alone a certificate whose issuers are in another file', async () => {
    const ca = await IssuingCa.create()
    await write('cert.pem', (await leafOf(ca)).pem)
    await write('chain.pem', ca.intermediate.pem)
    expect(codes(await look(directory, { anchors: [ca.root] }))).toEqual([])
  })

  it('takes the entries of a keystore each for itself', async () => {
    const [one, other] = [await TestCa.create('one'), await TestCa.create('other')]
    const [first, second] = [await one.server(), await other.server()]
    const store = await write('store.pem', [first.cert, first.key, second.cert, second.key].join(''))
    expect(codes(await look(store))).toEqual([])
    const chains = await write(
      'chains.pem',
      [first.cert, one.cert, first.key, other.cert, second.cert, second.key].join(''),
    )
    expect((await look(chains)).problems.map(({ code, detail }) => `${code} ${detail.split(':')[0]}`)).toEqual([
      'root-in-chain one',
      'root-in-chain other',
    ])
    expect(codes(await look(await write('mixed.pem', first.cert + second.cert)))).toEqual([
      'unrelated',
      'missing-intermediate',
    ])
  })

  it('tells of a directory what it can, though nobody gives the password of one file', async () => {
    const pair = await (await TestCa.create()).server()
    const path = await write('web.p12', makePkcs12(pair, { password: 'pass' }))
    const password = () => Promise.reject(new UsageError('a password is needed'))
    await expect(look(directory, { password })).rejects.toThrow(UsageError)
    await write('web.pem', pair.cert)
    const { sources, problems } = await look(directory, { password })
    expect(sources.map(({ name }) => name)).toEqual(['web.pem'])
    expect(problems).toEqual([{ code: 'unreadable', detail: `${path}: a password is needed` }])
  })
})
