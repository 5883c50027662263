import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { certificatesJsonSchema } from '../../../../src/cli/apply/certificates-schema.ts'
import Issue from '../../../../src/commands/issue.ts'

interface Schema {
  readonly properties: Record<string, { items?: unknown; properties?: Record<string, unknown>; anyOf?: Schema[] }>
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

describe('the schema of the file', () => {
  const text = JSON.stringify(certificatesJsonSchema())

  it('has a key for every flag of issue but those about one run', () => {
    const runs = ['force', 'print-key', 'metrics-file', 'push-gateway', 'log-format', 'log-level']
    const expected = Object.keys(Issue.flags).filter((flag) => !runs.includes(flag))
    const list = certificatesJsonSchema() as unknown as {
      properties: { certificates: { anyOf: { items?: Schema }[] } }
    }
    const entry = list.properties.certificates.anyOf[0]?.items
    expect(Object.keys(entry?.properties ?? {}).sort()).toEqual([...expected.map(camelCase), 'name'].sort())
    for (const flag of runs) expect(entry?.properties).not.toHaveProperty(camelCase(flag))
  })

  it('describes each key as the flag is described, in the words of the file', () => {
    expect(text.includes('"description":"signing role of the PKI engine')).toBe(true)
    expect(text.includes('form of the key in keyFile and combinedFile')).toBe(true)
  })

  it('is the one that is shipped', () => {
    const shipped = new URL('../../../../schema/certificates.schema.json', import.meta.url)
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(JSON.parse(text))
  })
})
