import { X509Certificate, createPrivateKey } from 'node:crypto'
import { chmod, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { FileError, RejectedError } from '../../../src/core/errors.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import { Inventory } from '../../../src/files/inventory.ts'
import { issueCertificate, type IssueOrder } from '../../../src/operations/issue-certificate.ts'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey } from '../../../src/pki/private-key.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { treeOf, useTemporaryDirectories } from '../files/temporary-directory.ts'
import { OperationsScene, recorded } from './operations-scene.ts'

const newDirectory = useTemporaryDirectories()
let ca: IssuingCa
let scene: OperationsScene
let order: IssueOrder

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(async () => {
  scene = new OperationsScene(ca, await newDirectory())
  order = {
    name: 'web.corp',
    wanted: {
      commonName: 'web.corp',
      sans: [parseSan('web.corp')],
      ttl: Duration.ofDays(90),
      key: { origin: 'generated', keyType: undefined },
    },
    directory: scene.directory,
    replace: false,
    outputs: {},
  }
})

function issue(changes: Partial<IssueOrder> = {}, signal?: AbortSignal) {
  return issueCertificate({ ...order, ...changes }, scene.issuer, scene.host, signal)
}

describe('issueCertificate', () => {
  it('publishes leaf, chain, key and root that belong together', async () => {
    const { certificate, files } = await issue()
    const [cert, chain, fullchain, key, root] = await Promise.all(
      [files.cert, files.chain, files.fullchain, files.key!, files.ca!].map((path) => readFile(path, 'utf8')),
    )
    expect(cert).toBe(certificate.pem)
    expect(chain).toBe(ca.intermediate.pem)
    expect(fullchain).toBe(certificate.pem + ca.intermediate.pem)
    expect(root).toBe(ca.root.pem)
    expect(new X509Certificate(cert!).checkPrivateKey(createPrivateKey(key!))).toBe(true)
  })

  it('warns of one that is due again at once', async () => {
    const { warnings } = await issue({ schedule: { renewBefore: '100d' } })
    expect(warnings).toEqual([expect.stringMatching(/valid for 90d, is due again at once/)])
    expect((await issue({ replace: true, schedule: { renewBefore: '30d' } })).warnings).toEqual([])
  })

  it('records how it was asked for, and no secret', async () => {
    await issue()
    const text = await readFile(join(scene.directory.path, 'certctl.json'), 'utf8')
    expect(JSON.parse(text)).toEqual({
      schema: 1,
      issuer: recorded,
      name: 'web.corp',
      sans: [{ type: 'dns', value: 'web.corp' }],
      ttlSeconds: 90 * 86400,
      keyType: 'ec256',
      keyOrigin: 'generated',
      csr: null,
    })
  })

  it('records the CSR, and writes no key, when the key is elsewhere', async () => {
    const key = await generatePrivateKey('ec256')
    const csr = await parseCsr(await createCsr({ commonName: 'web.corp', sans: [], key }))
    const { files } = await issue({ wanted: { ...order.wanted, ttl: undefined, key: { origin: 'csr', csr } } })
    expect(files.key).toBeNull()
    const { record } = await scene.directory.read()
    expect(record).toMatchObject({ keyOrigin: 'csr', csr: csr.pem, ttlSeconds: null })
  })

  it('says when it will be due, and tells the metrics', async () => {
    const { nextRenewalAt, certificate } = await issue()
    expect(nextRenewalAt).toEqual(new Date('2026-04-30T12:00:00Z'))
    expect(scene.measured).toEqual([
      ['issuance', 'fake', undefined],
      ['certificate', 'web.corp', certificate.notAfter, nextRenewalAt],
    ])
  })

  it('remembers the directory for --all', async () => {
    await issue()
    const { directories } = await new Inventory(scene.stateDirectory).list()
    expect(directories).toEqual([scene.directory.path])
  })

  it('leaves no lock behind', async () => {
    await issue()
    expect(await readdir(join(scene.stateDirectory, 'locks'))).toEqual([])
  })

  it('passes on the warnings of the issuer', async () => {
    scene.connector.warnings = ['capped']
    expect((await issue()).warnings).toEqual(['capped'])
  })

  it.each([
    [Duration.ofDays(-1), "by this host's clock the certificate is not valid yet; it begins 2026-03-01T12:00:00Z"],
    [Duration.ofDays(90), "by this host's clock the certificate has already expired, 2026-05-30T12:00:00Z"],
  ])('warns when the clock is off by %j', async (jump, text) => {
    const { connector, clock } = scene
    const sign = connector.issue.bind(connector)
    connector.issue = async (request, signal) => {
      const issued = await sign(request, signal)
      clock.jumpWall(jump)
      return issued
    }
    expect((await issue()).warnings).toEqual([text])
  })
})

describe('what can be refused without the issuer', () => {
  it('is refused first: a certificate that is there', async () => {
    await issue()
    const before = await treeOf(scene.directory.path)
    await expect(issue()).rejects.toThrow(/exists and was left as it was/)
    expect(scene.connector.requests).toHaveLength(1)
    expect(await treeOf(scene.directory.path)).toEqual(before)
  })

  it("is refused first: somebody else's files", async () => {
    await mkdir(scene.directory.path)
    await writeFile(join(scene.directory.path, 'cert.pem'), 'mine')
    await expect(issue()).rejects.toThrow(FileError)
    expect(scene.connector.requests).toEqual([])
    expect(await readFile(join(scene.directory.path, 'cert.pem'), 'utf8')).toBe('mine')
  })

  it.each(['.live/inner', '.certctl/versions/9'])(
    'is refused first: a directory among versions, as %s',
    async (name) => {
      await issue()
      const directory = openCertificateDirectory(join(scene.directory.path, name))
      await expect(issue({ directory, replace: true })).rejects.toMatchObject({
        code: 'taken',
        facts: { path: directory.path, directory: scene.directory.path },
      })
      expect(scene.connector.requests).toHaveLength(1)
    },
  )

  it("is refused first: files that are another certificate's, until that is gone", async () => {
    const certFile = join(`${scene.directory.path}.d`, 'cert.pem')
    await mkdir(dirname(certFile))
    await symlink(dirname(certFile), `${scene.directory.path}.link`)
    await issue({ outputs: { certFile: join(`${scene.directory.path}.link`, 'cert.pem') } })
    const other = { directory: openCertificateDirectory(dirname(certFile)), replace: true }
    await expect(issue(other)).rejects.toMatchObject({ code: 'taken', facts: { path: certFile } })
    await rm(scene.directory.path, { recursive: true })
    await expect(issue(other)).resolves.toBeDefined()
  })

  it('is done after all when it may be replaced', async () => {
    const first = await issue()
    const second = await issue({ replace: true })
    expect(second.certificate.serial).not.toBe(first.certificate.serial)
    expect(await readFile(second.files.cert, 'utf8')).toBe(second.certificate.pem)
  })

  it('needs no leave for an empty directory', async () => {
    await mkdir(scene.directory.path)
    expect((await issue()).files.cert).toBe(join(scene.directory.path, 'cert.pem'))
  })
})

describe('a failure', () => {
  it('of the issuer leaves no file and no entry, and is counted', async () => {
    scene.connector.refuse = () => Promise.reject(new RejectedError('no'))
    await expect(issue()).rejects.toThrow('no')
    await expect(stat(scene.directory.path)).rejects.toThrow('ENOENT')
    expect((await new Inventory(scene.stateDirectory).list()).directories).toEqual([])
    expect(scene.measured).toEqual([['issuance', 'fake', 'validation']])
  })

  it('of an earlier moment asks nobody: it was told to stop', async () => {
    await expect(issue({}, AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted')
    expect(scene.connector.requests).toEqual([])
    expect(scene.measured).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)('of the disk is found before the issuer is asked', async () => {
    await mkdir(scene.directory.path)
    await chmod(scene.directory.path, 0o500)
    await expect(issue()).rejects.toThrow(FileError)
    expect(scene.connector.requests).toEqual([])
  })
})

describe('a path beside the directory', () => {
  it('is that of one certificate, also when two ask for it at once', async () => {
    const other = openCertificateDirectory(`${scene.directory.path}2`)
    const keyFile = join(dirname(other.path), 'site.key')
    const outputs = { keyFile }
    const [one, two] = await scene.bothOf(issue({ outputs }), issue({ outputs, directory: other }))
    expect([one!.status, two!.status].sort()).toEqual(['fulfilled', 'rejected'])
    const owner = one!.status === 'fulfilled' ? scene.directory : other
    const refused = one!.status === 'rejected' ? one : two
    expect(refused).toMatchObject({ reason: { code: 'taken', facts: { path: keyFile, directory: owner.path } } })
    expect(await readFile(keyFile, 'utf8')).toBe((await owner.readKey())!.reveal())
    expect((await new Inventory(scene.stateDirectory).list()).directories).toEqual([owner.path])
    expect(await readdir(join(scene.stateDirectory, 'locks'))).toEqual([])
  })

  it('is left to a file that comes there while the issuer is asked', async () => {
    const keyFile = `${scene.directory.path}.key`
    scene.connector.refuse = () => writeFile(keyFile, 'of another program')
    await expect(issue({ outputs: { keyFile } })).rejects.toMatchObject({ code: 'exists', facts: { path: keyFile } })
    expect(await readFile(keyFile, 'utf8')).toBe('of another program')
    expect(await scene.directory.state()).toBe('absent')
  })
})

it('lets the second of two at once find what the first has done', async () => {
  const results = await scene.bothOf(issue(), issue())
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(scene.connector.requests).toHaveLength(1)
})
