import { readFile, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '../../../src/core/secret.ts'
import type { CertificateRecord } from '../../../src/files/certificate-record.ts'
import type { CertificateSet } from '../../../src/files/certificate-set.ts'

export function record(name = 'www.example.com'): CertificateRecord {
  return {
    schema: 1,
    issuer: {
      kind: 'vault',
      profile: null,
      address: 'https://vault.example.com:8200',
      mount: 'pki',
      role: 'web',
      issuerRef: null,
      namespace: null,
    },
    name,
    sans: [{ type: 'dns', value: name }],
    ttlSeconds: 3600,
    keyType: 'ec256',
    keyOrigin: 'generated',
    csr: null,
  }
}

/** A set in which every file names the issuance it is of. */
export function setOf(mark: string): CertificateSet {
  return {
    cert: `cert ${mark}\n`,
    chain: `chain ${mark}\n`,
    fullchain: `fullchain ${mark}\n`,
    key: new Secret(`key ${mark}\n`),
    ca: `ca ${mark}\n`,
    record: record(mark),
  }
}

export function setWithoutKey(mark: string): CertificateSet {
  return { ...setOf(mark), key: undefined, ca: undefined, record: { ...record(mark), keyOrigin: 'csr' } }
}

/** The issuances that the files behind one look at `.live` are of, and which files there are. */
export async function readThroughLive(
  directory: string,
): Promise<{ marks: readonly string[]; names: readonly string[] }> {
  const version = await realpath(join(directory, '.live'))
  const names = (await readdir(version)).sort()
  const marks = await Promise.all(names.map((name) => readMark(join(version, name))))
  return { marks: [...new Set(marks)], names }
}

export async function readMark(path: string): Promise<string> {
  const content = await readFile(path, 'utf8')
  if (path.endsWith('.json')) return (JSON.parse(content) as CertificateRecord).name
  const mark = / (.+)\n$/.exec(content)?.[1]
  return mark ?? `half a file: ${content}`
}
