import { beforeAll, describe, expect, it } from 'vitest'
import { Duration } from '../../../src/core/duration.ts'
import { UsageError } from '../../../src/core/errors.ts'
import { commonNameFor, planIssue, type IssuePlan } from '../../../src/operations/plan-issue.ts'
import { createCsr } from '../../../src/pki/create-csr.ts'
import { parseCsr } from '../../../src/pki/csr.ts'
import { formatSan, parseSan } from '../../../src/pki/names.ts'
import { generatePrivateKey, type PrivateKey } from '../../../src/pki/private-key.ts'

function plan(name: string | undefined, ...sans: readonly string[]): IssuePlan {
  return planIssue({ name, sans, ttl: undefined, key: { origin: 'generated', keyType: undefined } })
}

function sansOf({ wanted }: IssuePlan): readonly string[] {
  return wanted.sans.map(({ type, value }) => `${type}:${value}`)
}

describe('NAME', () => {
  it.each([
    ['web.corp', 'web.corp', 'dns:web.corp', 'web.corp'],
    ['WEB.Corp.', 'web.corp', 'dns:web.corp', 'web.corp'],
    ['*.web.corp', '*.web.corp', 'dns:*.web.corp', 'web.corp'],
    ['localhost', 'localhost', 'dns:localhost', 'localhost'],
    ['10.0.0.7', '10.0.0.7', 'ip:10.0.0.7', '10.0.0.7'],
    ['2001:DB8:0::1', '2001:db8::1', 'ip:2001:db8::1', '2001:db8::1'],
    ['ops@web.corp', 'ops@web.corp', 'email:ops@web.corp', undefined],
    ['spiffe://web.corp/a', 'spiffe://web.corp/a', 'uri:spiffe://web.corp/a', undefined],
    ['dns:web.corp', 'web.corp', 'dns:web.corp', 'web.corp'],
    ['ip:10.0.0.7', '10.0.0.7', 'ip:10.0.0.7', '10.0.0.7'],
  ])('%s is common name, first alternative name and directory', (name, commonName, san, directory) => {
    const planned = plan(name)
    expect(planned.name).toBe(commonName)
    expect(planned.wanted.commonName).toBe(commonName)
    expect(sansOf(planned)).toEqual([san])
    expect(planned.directory).toBe(directory)
  })

  it.each(['Web Server', '../../etc', 'a/b', '..', '.', '*.*.corp', '10.0.0', 'web_corp!'])(
    '"%s" is a common name alone, and names no directory',
    (name) => {
      const planned = plan(name)
      expect(planned.wanted).toMatchObject({ commonName: name, sans: [] })
      expect(planned.directory).toBeUndefined()
    },
  )

  it.each([[undefined], [''], ['  ']])('%j is a usage error', (name) => {
    expect(() => plan(name)).toThrow(UsageError)
    expect(() => plan(name)).toThrow(/^NAME is (missing|empty)$/)
  })

  it.each(['web.corp\n', 'web.corp\nmail.corp', 'web\tserver', 'web\u0000', 'web\u2028corp', 'web\u001b[2J'])(
    '%j with its control character is a usage error, told printably',
    (name) => {
      expect(() => plan(name)).toThrow(UsageError)
      expect(() => plan(name)).toThrow(/^NAME has a line break or another control character: "[ -~]+"$/)
    },
  )

  it('of more than 64 characters stands among the alternative names alone', () => {
    const [fits, long] = [`${'a'.repeat(59)}.corp`, `${'a'.repeat(60)}.corp`]
    expect(plan(fits).wanted.commonName).toBe(fits)
    expect(plan(long)).toMatchObject({ name: long, directory: long })
    expect(plan(long).wanted).toMatchObject({ commonName: undefined, sans: [parseSan(long)] })
  })

  it('of more than 64 characters that is no other name is a usage error', () => {
    expect(() => plan('a b '.repeat(20))).toThrow(/longer than the 64 characters/)
  })
})

describe('--san', () => {
  it('follows NAME, each once, in the order given', () => {
    const planned = plan('web.corp', 'b.corp', 'WEB.corp', 'dns:b.corp', '10.0.0.7', 'email:ops@web.corp', 'urn:a:b')
    expect(planned.wanted.sans.map(formatSan)).toEqual(['web.corp', 'b.corp', '10.0.0.7', 'ops@web.corp', 'urn:a:b'])
  })

  it('is a usage error when it is no name', () => {
    expect(() => plan('web.corp', 'no name')).toThrow(UsageError)
    expect(() => plan('web.corp', '')).toThrow(UsageError)
  })

  it('does not make one of a NAME that is none', () => {
    expect(sansOf(plan('Web Server', 'web.corp'))).toEqual(['dns:web.corp'])
  })
})

describe('a CSR', () => {
  let key: PrivateKey

  beforeAll(async () => {
    key = await generatePrivateKey('ec256')
  })

  async function planFor(
    content: { readonly commonName: string | undefined; readonly sans?: readonly string[] },
    name?: string,
    ...asked: readonly string[]
  ): Promise<IssuePlan> {
    const sans = (content.sans ?? []).map((text) => parseSan(text))
    const csr = await parseCsr(await createCsr({ commonName: content.commonName, sans, key }))
    return planIssue({ name, sans: asked, ttl: Duration.ofDays(1), key: { origin: 'csr', csr } })
  }

  it('names the certificate and the directory', async () => {
    const planned = await planFor({ commonName: 'web.corp', sans: ['web.corp', 'b.corp'] })
    expect(planned).toMatchObject({ name: 'web.corp', directory: 'web.corp' })
    expect(planned.wanted).toMatchObject({ commonName: 'web.corp', ttl: Duration.ofDays(1) })
    expect(sansOf(planned)).toEqual(['dns:web.corp', 'dns:b.corp'])
  })

  it('without a common name is called by its first alternative name', async () => {
    const planned = await planFor({ commonName: undefined, sans: ['*.web.corp', '10.0.0.7'] })
    expect(planned).toMatchObject({ name: '*.web.corp', directory: 'web.corp' })
    expect(planned.wanted.commonName).toBeUndefined()
  })

  it('that names nothing is a usage error', async () => {
    await expect(planFor({ commonName: undefined })).rejects.toThrow(UsageError)
  })

  it('names no directory by a path', async () => {
    expect((await planFor({ commonName: '../../etc' })).directory).toBeUndefined()
    expect((await planFor({ commonName: '/etc' })).directory).toBeUndefined()
  })

  it('takes further names beside its own', async () => {
    expect(
      sansOf(await planFor({ commonName: 'web.corp', sans: ['web.corp'] }, undefined, 'b.corp', 'web.corp')),
    ).toEqual(['dns:web.corp', 'dns:b.corp'])
  })

  it.each(['WEB.corp', 'web.corp', 'Web.Corp.', 'b.corp'])(
    'may be named %s too, as it is named itself',
    async (name) => {
      const planned = await planFor({ commonName: 'WEB.corp', sans: ['b.corp'] }, name)
      expect(planned.name).toBe('WEB.corp')
    },
  )

  it('cannot be named otherwise', async () => {
    await expect(planFor({ commonName: 'web.corp' }, 'other.corp')).rejects.toThrow(
      'NAME is "other.corp", but the CSR is for web.corp',
    )
  })
})

describe('commonNameFor', () => {
  it.each([
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), undefined],
  ])('of %s', (name, commonName) => {
    expect(commonNameFor(name)).toBe(commonName)
  })
})
