import { Flags } from '@oclif/core'
import type { Duration } from '../core/duration.ts'
import { UsageError } from '../core/errors.ts'
import { openCertificateDirectory, type CertificateDirectory } from '../files/certificate-directory.ts'
import { readTextFile } from '../files/read-text-file.ts'
import type { IssueOrder } from '../operations/issue-certificate.ts'
import type { KeySource } from '../operations/obtain-certificate.ts'
import { planIssue } from '../operations/plan-issue.ts'
import { assertCoherentDeployment, mergeDeployment } from '../operations/deployment/told-deployment.ts'
import { deployFlags, deploymentTold, scheduleTold, type DeployFlags } from './deploy-flags.ts'
import { renewBeforeTold } from './renew-before.ts'
import { outputFlags, outputsTold, type OutputFlags } from './output-flags.ts'
import { keyTypes, type KeyType } from '../pki/key-type.ts'
import { parsePrivateKey } from '../pki/private-key.ts'

export const keyTypeFlag = Flags.option({
  description: 'kind of key to make; ec256, or rsa2048 where the role demands RSA, when not given',
  options: keyTypes,
})

export const issueFlags = {
  san: Flags.string({
    description:
      'further name, sorted by itself into DNS, IP, email or URI; dns:, ip:, email: or uri: in front force it',
    helpValue: 'VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'key-type': keyTypeFlag({ exclusive: ['csr', 'key'] }),
  out: Flags.string({ description: 'directory to make, ./NAME by default; - prints leaf and chain', helpValue: 'DIR' }),
  csr: Flags.string({
    description: 'sign this request; - reads it from stdin',
    helpValue: 'FILE',
    exclusive: ['key', 'server-key'],
  }),
  key: Flags.string({
    description: 'use this private key, now and at renewals',
    helpValue: 'FILE',
    exclusive: ['server-key'],
  }),
  'server-key': Flags.boolean({ description: 'let the issuer make the key' }),
  'print-key': Flags.boolean({ description: 'with --out -: print the private key too' }),
  force: Flags.boolean({ description: 'replace what is there' }),
  'renew-before': Flags.string({
    description: 'renew with so much left, or so much of the validity; kept for its renewals',
    helpValue: 'DURATION|PERCENT',
  }),
  ...outputFlags,
  ...deployFlags,
}

export interface IssueFlags extends OutputFlags, DeployFlags {
  readonly 'renew-before'?: string | undefined
  readonly san?: readonly string[] | undefined
  readonly 'key-type'?: KeyType | undefined
  readonly out?: string | undefined
  readonly csr?: string | undefined
  readonly key?: string | undefined
  readonly 'server-key': boolean
  readonly 'print-key': boolean
  readonly force: boolean
}

/** Without a directory the certificate is printed. */
export type ToldIssueOrder = Omit<IssueOrder, 'directory'> & { readonly directory: CertificateDirectory | undefined }

/** What the arguments and flags of `issue` ask for; reads the files that they name. */
export async function issueOrder(
  name: string | undefined,
  flags: IssueFlags,
  ttl: Duration | undefined,
  readStdin: (flag: string) => Promise<string>,
): Promise<ToldIssueOrder> {
  const toStdout = flags.out === '-'
  if (flags['print-key'] && !toStdout)
    throw new UsageError('--print-key goes with --out -', { hint: 'without --out - the key is in privkey.pem' })
  const outputs = outputsTold(flags)
  renewBeforeTold(flags['renew-before'])
  const deployment = await deploymentTold(flags)
  const schedule = await scheduleTold(flags, flags['renew-before'])
  assertCoherentDeployment(mergeDeployment(undefined, deployment))
  if (toStdout && [outputs, deployment, schedule].some((told) => Object.keys(told).length > 0)) {
    throw new UsageError('with --out - no files are written, and nothing is kept', {
      hint: 'name a directory with --out DIR',
    })
  }
  const key = await keySource(flags, readStdin)
  const plan = planIssue({ name, sans: flags.san ?? [], ttl, key })
  const path = flags.out ?? plan.directory
  if (path === undefined) {
    throw new UsageError(`--out is required: "${plan.name}" is no DNS name and no IP address`, {
      hint: 'name the directory with --out DIR',
    })
  }
  if (path === '') throw new UsageError('--out is empty', { hint: 'name the directory with --out DIR' })
  const directory = toStdout ? undefined : openCertificateDirectory(path)
  return { name: plan.name, wanted: plan.wanted, directory, replace: flags.force, outputs, deployment, schedule }
}

async function keySource(flags: IssueFlags, readStdin: (flag: string) => Promise<string>): Promise<KeySource> {
  if (flags.csr !== undefined) {
    const { parseCsr } = await import('../pki/csr.ts')
    const text = flags.csr === '-' ? await readStdin('--csr -') : await readTextFile(flags.csr)
    return { origin: 'csr', csr: await parseCsr(text, flags.csr === '-' ? 'standard input' : flags.csr) }
  }
  if (flags.key !== undefined) {
    return { origin: 'file', key: parsePrivateKey(await readTextFile(flags.key), flags.key) }
  }
  return { origin: flags['server-key'] ? 'issuer' : 'generated', keyType: flags['key-type'] }
}
