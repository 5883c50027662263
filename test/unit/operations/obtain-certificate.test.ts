import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { RejectedError } from '../../../src/core/errors.ts'
import { KeyRefusedError, type CertificateRequest, type KeyRequirement } from '../../../src/connectors/connector.ts'
import {
  fittingKeyType,
  obtainCertificate,
  type KeySource,
  type WantedCertificate,
} from '../../../src/operations/obtain-certificate.ts'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey, type KeyType } from '../../../src/pki/private-key.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { FakeConnector } from './fake-connector.ts'

const sans = [parseSan('web.corp'), parseSan('10.0.0.7')]
let ca: IssuingCa
let connector: FakeConnector

beforeAll(async () => {
  ca = await IssuingCa.create()
})

beforeEach(() => {
  connector = new FakeConnector(ca, new FakeClock(new Date('2026-03-01T12:00:00Z')))
})

function wanted(key: KeySource): WantedCertificate {
  return { commonName: 'web.corp', sans, ttl: Duration.ofDays(3), key }
}

function generated(keyType?: KeyType): WantedCertificate {
  return wanted({ origin: 'generated', keyType })
}

/** Refuses all but this kind of key, as a role with these words would. */
function demand(accepted: string, requirement: KeyRequirement): void {
  connector.refuse = async (request) => {
    if ((await askedKeyType(request)) === accepted) return
    throw new KeyRefusedError('role "web" refuses the key', requirement)
  }
}

async function askedKeyType({ key }: CertificateRequest): Promise<string | undefined> {
  return key.origin === 'csr' ? (await parseCsr(key.csr)).keyType : key.keyType
}

async function askedKeyTypes(): Promise<readonly (string | undefined)[]> {
  return Promise.all(connector.requests.map(askedKeyType))
}

describe('a key made here', () => {
  it('is ec256 and comes with the certificate', async () => {
    const obtained = await obtainCertificate(connector, generated())
    expect(obtained.privateKey?.isFor(obtained.leaf)).toBe(true)
    expect(obtained.privateKey?.keyType).toBe('ec256')
    expect(obtained.warnings).toEqual([])
  })

  it('asks for names and TTL in the request and in the CSR alike', async () => {
    await obtainCertificate(connector, generated('ed25519'))
    const [request] = connector.requests
    expect(request).toMatchObject({ commonName: 'web.corp', sans, ttl: Duration.ofDays(3) })
    const csr = request?.key.origin === 'csr' ? await parseCsr(request.key.csr) : undefined
    expect(csr).toMatchObject({ commonName: 'web.corp', sans, keyType: 'ed25519' })
  })

  it('never leaves this host', async () => {
    const obtained = await obtainCertificate(connector, generated())
    expect(JSON.stringify(connector.requests)).not.toContain('PRIVATE KEY')
    expect(JSON.stringify(obtained.privateKey?.pem)).toBe('"[redacted]"')
  })
})

describe('a role that demands another key', () => {
  it.each<[string, KeyRequirement, readonly string[]]>([
    ['rsa2048', { algorithm: 'rsa', minimumBits: undefined }, ['ec256', 'rsa2048']],
    ['rsa3072', { algorithm: 'rsa', minimumBits: 3072 }, ['ec256', 'rsa3072']],
    ['ec384', { algorithm: undefined, minimumBits: 384 }, ['ec256', 'ec384']],
    ['ed25519', { algorithm: 'ed25519', minimumBits: undefined }, ['ec256', 'ed25519']],
  ])('gets %s, and that is told', async (keyType, requirement, asked) => {
    demand(keyType, requirement)
    connector.warnings = ['another remark']
    const obtained = await obtainCertificate(connector, generated())
    expect(await askedKeyTypes()).toEqual(asked)
    expect(obtained.privateKey?.keyType).toBe(keyType)
    expect(obtained.warnings).toEqual([`the key is ${keyType}: the issuer takes no ec256`, 'another remark'])
  })

  it('gets what it demands in two steps', async () => {
    connector.refuse = async (request) => {
      const keyType = await askedKeyType(request)
      if (keyType === 'ec256') throw new KeyRefusedError('x', { algorithm: 'rsa', minimumBits: undefined })
      if (keyType === 'rsa2048') throw new KeyRefusedError('x', { algorithm: undefined, minimumBits: 3072 })
    }
    const obtained = await obtainCertificate(connector, generated())
    expect(await askedKeyTypes()).toEqual(['ec256', 'rsa2048', 'rsa3072'])
    expect(obtained.warnings).toEqual(['the key is rsa3072: the issuer takes no ec256, rsa2048'])
  })

  it.each<[string, KeyRequirement]>([
    ['what it was just given', { algorithm: 'ec', minimumBits: undefined }],
    ['nothing in particular', { algorithm: undefined, minimumBits: undefined }],
    ['what nobody has', { algorithm: 'ec', minimumBits: 1024 }],
    ['infinitely much', { algorithm: 'rsa', minimumBits: Infinity }],
  ])('is told no when it demands %s', async (_, requirement) => {
    demand('none', requirement)
    await expect(obtainCertificate(connector, generated())).rejects.toThrow(KeyRefusedError)
    expect(connector.requests).toHaveLength(1)
  })

  it('is told no when its demands go in a circle', async () => {
    connector.refuse = async (request) => {
      const algorithm = (await askedKeyType(request)) === 'ec256' ? 'rsa' : 'ec'
      throw new KeyRefusedError('x', { algorithm, minimumBits: undefined })
    }
    await expect(obtainCertificate(connector, generated())).rejects.toThrow(KeyRefusedError)
    expect(await askedKeyTypes()).toEqual(['ec256', 'rsa2048'])
  })

  it('gets no other than the operator chose', async () => {
    demand('rsa2048', { algorithm: 'rsa', minimumBits: undefined })
    await expect(obtainCertificate(connector, generated('ec256'))).rejects.toThrow(KeyRefusedError)
    expect(await askedKeyTypes()).toEqual(['ec256'])
  })

  it.each<[string, () => Promise<KeySource>]>([
    ['a given key', async () => ({ origin: 'file', key: await generatePrivateKey('ec256') })],
    ['a key of the issuer', () => Promise.resolve({ origin: 'issuer', keyType: undefined })],
  ])('gets no other than %s', async (_, source) => {
    demand('rsa2048', { algorithm: 'rsa', minimumBits: undefined })
    await expect(obtainCertificate(connector, wanted(await source()))).rejects.toThrow(KeyRefusedError)
    expect(connector.requests).toHaveLength(1)
  })

  it('is asked no second time after any other refusal', async () => {
    connector.refuse = () => Promise.reject(new RejectedError('no'))
    await expect(obtainCertificate(connector, generated())).rejects.toThrow(RejectedError)
    expect(connector.requests).toHaveLength(1)
  })

  it('is asked no second time after an interruption', async () => {
    const interruption = new AbortController()
    connector.refuse = () => {
      interruption.abort(new Error('interrupted'))
      throw new KeyRefusedError('x', { algorithm: 'rsa', minimumBits: undefined })
    }
    await expect(obtainCertificate(connector, generated(), interruption.signal)).rejects.toThrow('interrupted')
    expect(connector.requests).toHaveLength(1)
  })
})

describe('a key from elsewhere', () => {
  it('is used as it was given', async () => {
    const key = await generatePrivateKey('ec384')
    const obtained = await obtainCertificate(connector, wanted({ origin: 'file', key }))
    expect(obtained.privateKey).toBe(key)
    expect(key.isFor(obtained.leaf)).toBe(true)
  })

  it('stays with whoever made the CSR', async () => {
    const key = await generatePrivateKey('ec256')
    const csr = await parseCsr(await createCsr({ commonName: 'web.corp', sans, key }))
    const obtained = await obtainCertificate(connector, wanted({ origin: 'csr', csr }))
    expect(obtained.privateKey).toBeUndefined()
    expect(key.isFor(obtained.leaf)).toBe(true)
    expect(connector.requests[0]?.key).toEqual({ origin: 'csr', csr: csr.pem, publicKey: csr.publicKey })
  })

  it('is handed over when the issuer made it', async () => {
    const obtained = await obtainCertificate(connector, wanted({ origin: 'issuer', keyType: 'ec384' }))
    expect(obtained.privateKey?.isFor(obtained.leaf)).toBe(true)
    expect(connector.requests[0]?.key).toEqual({ origin: 'issuer', keyType: 'ec384' })
  })
})

describe('fittingKeyType', () => {
  it.each<[KeyRequirement, KeyType, KeyType | undefined]>([
    [{ algorithm: 'rsa', minimumBits: undefined }, 'ec256', 'rsa2048'],
    [{ algorithm: 'rsa', minimumBits: 2049 }, 'ec256', 'rsa3072'],
    [{ algorithm: undefined, minimumBits: 4096 }, 'rsa2048', 'rsa4096'],
    [{ algorithm: undefined, minimumBits: 8192 }, 'rsa2048', undefined],
    [{ algorithm: 'ec', minimumBits: 257 }, 'rsa2048', 'ec384'],
    [{ algorithm: 'ec', minimumBits: 521 }, 'rsa2048', 'ec521'],
    [{ algorithm: undefined, minimumBits: 2048 }, 'ed25519', 'ed25519'],
    [{ algorithm: undefined, minimumBits: NaN }, 'ec256', undefined],
  ])('meets %j after %s by %s', (requirement, refused, keyType) => {
    expect(fittingKeyType(requirement, refused)).toBe(keyType)
  })
})
