import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { openCertificateDirectory } from '../../../src/files/certificate-directory.ts'
import {
  certificateStatus,
  certificateStatuses,
  countStates,
  isGood,
} from '../../../src/operations/certificate-status.ts'
import { parseSan } from '../../../src/pki/names.ts'
import { type KeyType, generatePrivateKey, type PrivateKey } from '../../../src/pki/private-key.ts'
import { IssuingCa } from '../../support/issuing-ca.ts'
import { record } from '../files/certificate-sets.ts'
import { useTemporaryDirectories } from '../files/temporary-directory.ts'

const temporary = useTemporaryDirectories()
const period = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-04-01T00:00:00Z') }
const midway = new Date('2026-02-01T00:00:00Z')

let ca: IssuingCa

beforeAll(async () => {
  ca = await IssuingCa.create()
})

/** A published certificate of ninety days, due on the second of March. */
async function published({
  keyType = 'ec256',
  otherKey,
}: { keyType?: KeyType; otherKey?: PrivateKey } = {}): Promise<string> {
  const key = await generatePrivateKey(keyType)
  const leaf = await ca.sign({
    commonName: 'web.corp',
    sans: [parseSan('web.corp')],
    publicKey: key.publicKey,
    ...period,
  })
  const directory = join(await temporary(), 'web')
  const set = {
    cert: leaf.pem,
    chain: '',
    fullchain: leaf.pem,
    key: (otherKey ?? key).pem,
    ca: undefined,
    record: record('web.corp'),
  }
  await openCertificateDirectory(directory).publish(set, { replace: false })
  return directory
}

/** A host that knows nothing of its certificates. */
const host = { stateDirectory: '/nowhere', jitterOf: () => 0 }

function statusAt(directory: string, now: Date | string, renewBefore?: { readonly left: Duration }) {
  return certificateStatus(directory, { renewBefore, now: new Date(now), host })
}

describe('the status of a certificate', () => {
  it.each([
    ['2025-12-31T23:59:59Z', 'not-yet-valid', 'for another 1s'],
    ['2026-01-01T00:00:00Z', 'ok', undefined],
    ['2026-03-01T23:59:59Z', 'ok', undefined],
    ['2026-03-02T00:00:00Z', 'due', 'since 0ms'],
    ['2026-03-17T00:00:00Z', 'due', 'since 15d'],
    ['2026-03-17T00:00:01Z', 'overdue', 'since 15d 1s'],
    ['2026-03-31T23:59:59Z', 'overdue', 'since 29d 23h'],
    ['2026-04-01T00:00:00Z', 'expired', 'since 0ms'],
    ['1970-01-01T00:00:00Z', 'not-yet-valid', 'for another 56y 14d'],
  ])('at %s is %s', async (now, state, reason) => {
    const status = statusAt(await published(), now)
    expect(status).toMatchObject({ state, certificate: { name: 'web.corp', issuer: { kind: 'vault', name: 'vault' } } })
    expect(status.reason).toBe(reason)
    expect(isGood(status)).toBe(state === 'ok' || state === 'due')
  })

  it('goes by the time that renewals go by', async () => {
    const directory = await published()
    expect(statusAt(directory, midway, { left: Duration.ofDays(60) })).toMatchObject({ state: 'due' })
    expect(statusAt(directory, midway, { left: Duration.ofDays(58) })).toMatchObject({ state: 'ok' })
  })

  it.each(['ec256', 'ec384', 'ec521', 'rsa2048', 'rsa4096', 'ed25519'] as const)(
    'tells a %s key from another',
    async (keyType) => {
      expect(statusAt(await published({ keyType }), midway)).toMatchObject({ state: 'ok' })
      const otherKey = await generatePrivateKey(keyType)
      expect(statusAt(await published({ keyType, otherKey }), midway)).toMatchObject({
        state: 'mismatch',
        reason: 'key and certificate differ',
      })
    },
  )

  it('is missing where nothing is', async () => {
    const status = statusAt(join(await temporary(), 'web'), midway)
    expect(status).toMatchObject({ state: 'missing', certificate: undefined })
    expect(isGood(status)).toBe(false)
  })

  it('is unreadable, with the error, where something is broken', async () => {
    const directory = await published()
    await writeFile(join(directory, '.certctl/versions/1/cert.pem'), 'no certificate')
    expect(statusAt(directory, midway)).toMatchObject({ state: 'unreadable', error: { exitCode: 7 } })
    const other = await published()
    await writeFile(
      join(other, '.certctl/versions/1/privkey.pem'),
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    )
    expect(statusAt(other, midway)).toMatchObject({ state: 'unreadable', error: { exitCode: 7 } })
  })

  it('names the worst of what is wrong', async () => {
    const directory = await published()
    await rm(join(directory, 'chain.pem'))
    expect(statusAt(directory, '2026-03-20T00:00:00Z')).toMatchObject({ state: 'missing' })
    expect(statusAt(directory, '2026-04-01T00:00:00Z')).toMatchObject({ state: 'expired' })
    await rm(join(directory, '.certctl/versions/1/privkey.pem'))
    const status = statusAt(directory, '2026-04-01T00:00:00Z')
    expect(status).toMatchObject({ state: 'missing', reason: 'its private key is gone' })
  })

  it.each([
    ['expired', '2026-04-01T00:00:00Z', 'certctl renew '],
    ['overdue', '2026-03-20T00:00:00Z', 'certctl renew '],
    ['not-yet-valid', '2025-12-31T00:00:00Z', "check this host's clock: date -u"],
  ])('says what to do when it is %s', async (_, now, step) => {
    expect(statusAt(await published(), now).hint).toContain(step)
  })
})

describe('the statuses of many', () => {
  it('come in their order, and are counted', async () => {
    const directories = [await published(), '/not/there', await published()]
    const statuses = await certificateStatuses(directories, { renewBefore: undefined, now: midway, host })
    expect(statuses.map(({ directory }) => directory)).toEqual(directories)
    expect(countStates(statuses)).toMatchObject({ ok: 2, missing: 1, expired: 0 })
  })

  it('end with an interruption', async () => {
    const stopped = AbortSignal.abort(new Error('told to stop'))
    const question = { renewBefore: undefined, now: midway, host }
    await expect(certificateStatuses([await published()], question, stopped)).rejects.toThrow('told to stop')
  })
})
