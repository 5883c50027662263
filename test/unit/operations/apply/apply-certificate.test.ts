import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../../src/core/duration.ts'
import { RejectedError } from '../../../../src/core/errors.ts'
import type { CertificateRecord } from '../../../../src/files/certificate-record.ts'
import { Inventory } from '../../../../src/files/inventory.ts'
import { applyCertificate, planCertificate } from '../../../../src/operations/apply/apply-certificate.ts'
import type { ApplyOrder } from '../../../../src/operations/apply/apply-order.ts'
import type { KeySource } from '../../../../src/operations/obtain-certificate.ts'
import type { Renewal } from '../../../../src/operations/renewal.ts'
import { planIssue } from '../../../../src/operations/plan-issue.ts'
import { generatePrivateKey } from '../../../../src/pki/private-key.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'
import { treeOf, useTemporaryDirectories } from '../../files/temporary-directory.ts'
import { OperationsScene } from '../operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene
let temporary: string

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(async () => {
  temporary = await newDirectory()
  scene = new OperationsScene(ca, temporary)
})

interface Asked extends Partial<Omit<ApplyOrder, 'issue'>> {
  readonly sans?: readonly string[]
  readonly ttl?: Duration | undefined
  readonly key?: KeySource
  readonly issue?: Partial<ApplyOrder['issue']>
}

function order({ sans = [], key, issue, ...others }: Asked = {}): ApplyOrder {
  const source = key ?? ({ origin: 'generated', keyType: undefined } as const)
  const ttl = 'ttl' in others ? others.ttl : Duration.ofDays(90)
  const { name, wanted } = planIssue({ name: 'web.corp', sans, ttl, key: source })
  return {
    issue: { name, wanted, directory: scene.directory, replace: false, outputs: {}, ...issue },
    force: false,
    told: {},
    isTtlAmbient: false,
    openIssuer: () => Promise.resolve(scene.issuer),
    issuerFor: (record: CertificateRecord) =>
      Promise.resolve({ ...scene.issuer, recorded: { ...record.issuer, ...(others.told as object) } }),
    ...others,
  }
}

const apply = (asked?: Asked) => applyCertificate(order(asked), scene.host, new AbortController().signal)
const plan = (asked?: Asked) => planCertificate(order(asked), scene.host)

function trees(): Promise<unknown> {
  return Promise.all([treeOf(scene.directory.path), treeOf(scene.stateDirectory)])
}

describe('a certificate that is missing', () => {
  it('is issued', async () => {
    expect(await plan()).toEqual({ action: 'issue', reason: 'it is missing' })
    expect(await apply()).toMatchObject({ action: 'issued', name: 'web.corp' })
    expect(await scene.directory.state()).toBe('published')
  })
})

describe('of two runs at once', () => {
  const actionsOf = async (...runs: readonly [Promise<Renewal>, Promise<Renewal>]) =>
    (await scene.bothOf(...runs)).map((end) => (end.status === 'fulfilled' ? end.value.action : 'failed')).sort()

  it('one issues what is missing, and the other finds it as it should be', async () => {
    expect(await actionsOf(apply(), apply())).toEqual(['issued', 'not-due'])
    expect(scene.connector.requests).toHaveLength(1)
  })

  it('the second changes what the first has issued otherwise', async () => {
    const [one, other] = [apply({ sans: ['b.corp'] }), apply({ sans: ['c.corp'] })]
    expect(await actionsOf(one, other)).toEqual(['changed', 'issued'])
  })

  it('neither takes over files that certctl did not make', async () => {
    await mkdir(scene.directory.path)
    await writeFile(join(scene.directory.path, 'cert.pem'), 'by hand')
    await expect(apply()).rejects.toMatchObject({ code: 'exists' })
  })
})

describe('a certificate that is as it is asked for', () => {
  beforeEach(async () => {
    await apply()
    scene.connector.requests.length = 0
  })

  it('is left alone, and nobody is asked', async () => {
    const before = await trees()
    const nobody = () => Promise.reject(new Error('an issuer was opened'))
    expect(await plan({ openIssuer: nobody, issuerFor: nobody })).toMatchObject({ action: 'not-due' })
    expect(await apply({ openIssuer: nobody, issuerFor: nobody })).toMatchObject({ action: 'not-due', written: [] })
    expect(await trees()).toEqual(before)
  })

  it('is renewed when it is due', async () => {
    scene.clock.jumpWall(Duration.ofDays(61))
    expect(await plan()).toMatchObject({ action: 'renew' })
    expect(await apply()).toMatchObject({ action: 'renewed' })
    expect(await apply()).toMatchObject({ action: 'not-due' })
  })

  it('is renewed when that is forced', async () => {
    expect(await apply({ force: true })).toMatchObject({ action: 'renewed' })
  })

  it('is so whatever a variable or a profile says of its TTL', async () => {
    expect(await plan({ ttl: Duration.ofDays(30), isTtlAmbient: true })).toMatchObject({ action: 'not-due' })
  })
})

describe('a certificate that is asked for otherwise', () => {
  beforeEach(async () => {
    await apply({ sans: ['b.corp'] })
    scene.connector.requests.length = 0
  })

  it.each<[string, () => Promise<Asked> | Asked]>([
    ['names', () => ({ sans: ['c.corp'] })],
    ['names', () => ({})],
    ['ttl', () => ({ sans: ['b.corp'], ttl: undefined })],
    ['ttl', () => ({ sans: ['b.corp'], ttl: Duration.ofDays(30) })],
    ['keyType', () => ({ sans: ['b.corp'], key: { origin: 'generated', keyType: 'ec384' } })],
    ['key', async () => ({ sans: ['b.corp'], key: { origin: 'file', key: await generatePrivateKey('ec256') } })],
    ['role', () => ({ sans: ['b.corp'], told: { role: 'other' } })],
    ['mount, role', () => ({ sans: ['b.corp'], told: { mount: 'pki2', role: 'other' } })],
  ])('is issued anew for its %s, and then is as it should be', async (what, asked) => {
    const wanted = await asked()
    const before = await trees()
    expect(await plan(wanted)).toEqual({ action: 'change', reason: `asked for otherwise: ${what}` })
    expect(await trees()).toEqual(before)
    expect(await apply(wanted)).toMatchObject({ action: 'changed', reason: `asked for otherwise: ${what}` })
    expect(scene.connector.requests).toHaveLength(1)
    expect(await apply(wanted)).toMatchObject({ action: 'not-due' })
  })

  it('stays what it is when its names come in another order', async () => {
    expect(await plan({ sans: ['b.corp', 'web.corp'] })).toMatchObject({ action: 'not-due' })
  })
})

describe('a change that failed', () => {
  const asked = { sans: ['c.corp'] }

  beforeEach(async () => {
    await apply({ sans: ['b.corp'] })
    scene.connector.refuse = () => Promise.reject(new RejectedError('name not allowed'))
    await expect(apply(asked)).rejects.toThrow('name not allowed')
    await expect(apply(asked)).rejects.toThrow('name not allowed')
    scene.connector.requests.length = 0
  })

  it('is tried again when a renewal would be, and until then says so', async () => {
    const reason = expect.stringMatching(
      /^asked for otherwise: names, 2 tries failed, the last by: name not allowed; next try from /,
    ) as string
    const lastError = { code: 'rejected', message: 'name not allowed' }
    expect(await plan(asked)).toEqual({ action: 'not-due', reason, lastError })
    const nobody = () => Promise.reject(new Error('an issuer was opened'))
    expect(await apply({ ...asked, issuerFor: nobody })).toMatchObject({ action: 'not-due', reason, lastError })
    scene.clock.jumpWall(Duration.ofSeconds(300))
    scene.connector.refuse = () => Promise.resolve()
    expect(await plan(asked)).toMatchObject({ action: 'change' })
    expect(await apply(asked)).toMatchObject({ action: 'changed', reason: 'asked for otherwise: names' })
  })

  it('is tried at once when that is forced, or taken back', async () => {
    expect(await plan({ sans: ['b.corp'] })).toMatchObject({ action: 'not-due', lastError: undefined })
    scene.connector.refuse = () => Promise.resolve()
    expect(await plan({ ...asked, force: true })).toMatchObject({ action: 'change' })
    expect(await apply({ ...asked, force: true })).toMatchObject({ action: 'changed' })
  })

  it('does not keep the host from what it is told beside', async () => {
    const more = { ...asked, issue: { outputs: { certFile: join(temporary, 'web.pem') } } }
    const reason = expect.stringMatching(
      /^told otherwise: certFile; asked for otherwise: names, 2 tries failed/,
    ) as string
    expect(await plan(more)).toMatchObject({ action: 'change', reason })
    expect(await apply(more)).toMatchObject({ action: 'changed', reason, written: [join(temporary, 'web.pem')] })
    expect(await apply(more)).toMatchObject({ action: 'not-due', written: [] })
    expect(scene.connector.requests).toEqual([])
  })
})

describe('what this host does with a certificate', () => {
  const file = () => join(temporary, 'web key.pem')
  const entry = async () => new Inventory(scene.stateDirectory).read(await scene.directory.realPath())

  it('changes without another certificate, also back to nothing', async () => {
    await apply()
    scene.connector.requests.length = 0
    const more = { issue: { outputs: { certFile: file() }, deployment: { deploy: ['/bin/true'] } } }
    expect(await plan(more)).toEqual({ action: 'change', reason: 'told otherwise: certFile, deploy' })
    expect(await apply(more)).toMatchObject({ action: 'changed', written: [file()] })
    expect(await entry()).toMatchObject({ outputs: { certFile: file() }, deployment: { deploy: ['/bin/true'] } })
    expect(await apply(more)).toMatchObject({ action: 'not-due' })
    const less = await apply()
    expect(less).toMatchObject({ action: 'changed', reason: 'told otherwise: certFile, deploy' })
    expect(less.warnings).toEqual([expect.stringContaining('is not written any more')])
    expect(await entry()).not.toHaveProperty('outputs')
    expect(await entry()).not.toHaveProperty('deployment')
    expect(scene.connector.requests).toEqual([])
  })

  it('is brought along by a renewal', async () => {
    await apply()
    scene.clock.jumpWall(Duration.ofDays(61))
    const more = { issue: { outputs: { certFile: file() } } }
    expect(await plan(more)).toMatchObject({ action: 'renew' })
    expect(await apply(more)).toMatchObject({ action: 'renewed' })
    expect(await entry()).toMatchObject({ outputs: { certFile: file() } })
  })
})
