import { beforeAll, describe, expect, it } from 'vitest'
import type { IssuedCertificate, IssuerChain } from '../../../../src/connectors/connector.ts'
import { RejectedError } from '../../../../src/core/errors.ts'
import { assertIssuerLasts, assertNotExpired, issuerEndWarning } from '../../../../src/operations/due/issuer-end.ts'
import { generatePrivateKey } from '../../../../src/pki/private-key.ts'
import { IssuingCa } from '../../../support/issuing-ca.ts'

// From 2020 to 2027-01-01: warned of in its last ninety days, and so long before by the validity of what it gives.
const end = new Date('2027-01-01T00:00:00Z')
let ca: IssuingCa
let successor: IssuingCa

beforeAll(async () => {
  ca = await IssuingCa.create(end)
  successor = await IssuingCa.create()
})

async function issuedUntil(notAfter: string): Promise<IssuedCertificate> {
  const { publicKey } = await generatePrivateKey('ec256')
  const leaf = await ca.sign({
    commonName: 'web.corp',
    sans: [],
    publicKey,
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date(notAfter),
  })
  return { leaf, chain: [ca.intermediate], root: ca.root, privateKey: undefined, warnings: [] }
}

describe('an issuer that ends', () => {
  it('is warned of ninety days before its certificates end with it', async () => {
    expect(issuerEndWarning(await issuedUntil('2026-10-02T00:00:00Z'))).toBeUndefined()
    expect(issuerEndWarning(await issuedUntil('2026-10-04T00:00:00Z'))).toMatch(
      /the issuer CN=test intermediate ends 2027-01-01T00:00:00Z/,
    )
  })

  it('is named when its certificate has expired already', async () => {
    const issued = await issuedUntil('2026-12-31T00:00:00Z')
    expect(() => assertNotExpired(issued, new Date('2026-12-30T23:59:59Z'))).not.toThrow()
    expect(() => assertNotExpired(issued, new Date('2026-12-31T00:00:00Z'))).toThrow(
      /expired already, 2026-12-31T00:00:00Z$/,
    )
    expect(() => assertNotExpired(issued, end)).toThrow(/its issuer CN=test intermediate ended/)
  })
})

describe('a certificate that ends with its issuer', () => {
  const answering = (chain: IssuerChain) => ({ chain: () => Promise.resolve(chain) }) as never

  it('is not followed by another of the same', async () => {
    const { leaf } = await issuedUntil('2026-12-31T23:59:30Z')
    const same = answering({ chain: [ca.intermediate], root: ca.root })
    const asked = assertIssuerLasts(leaf, [ca.intermediate, ca.root], same)
    await expect(asked).rejects.toThrow(RejectedError)
    await expect(asked).rejects.toThrow(/CN=test intermediate ends with the certificate/)
  })

  it('is followed by one of an issuer that lasts', async () => {
    const { leaf } = await issuedUntil('2026-12-31T23:59:30Z')
    const other = answering({ chain: [successor.intermediate], root: successor.root })
    await expect(assertIssuerLasts(leaf, [ca.intermediate], other)).resolves.toBeUndefined()
  })

  it('has to be one: else nobody is asked', async () => {
    const { leaf } = await issuedUntil('2026-12-31T00:00:00Z')
    const asked: unknown[] = []
    const watched = { chain: () => Promise.reject(new Error(String(asked.push('chain')))) } as never
    await expect(assertIssuerLasts(leaf, [ca.intermediate, ca.root], watched)).resolves.toBeUndefined()
    expect(asked).toEqual([])
  })
})
