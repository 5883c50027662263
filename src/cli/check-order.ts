import type { Settings } from '../config/settings.ts'
import { CertctlError } from '../core/errors.ts'
import { openCertificateDirectory, type CertificateDirectory } from '../files/certificate-directory.ts'
import type { CertificateRecord } from '../files/certificate-record.ts'
import type { CheckOrder } from '../operations/check-issuing.ts'
import { wantedAgain } from '../operations/wanted-again.ts'
import { deploymentTold } from './deploy-flags.ts'
import { issueOrder, type IssueFlags } from './issue-flags.ts'
import { outputsTold } from './output-flags.ts'

export interface AskedCheck {
  readonly order: CheckOrder
  /** Of the certificate whose renewal is asked about. */
  readonly record: CertificateRecord | undefined
}

/**
 * What the arguments and flags of `issue` would ask for; without a name, what a renewal of what is in the directory would or,
 * where nothing is, whether the issuer can do its work at all.
 */
export async function checkOrder(
  name: string | undefined,
  flags: IssueFlags,
  { ttl }: Settings,
  readStdin: (flag: string) => Promise<string>,
): Promise<AskedCheck> {
  const replace = flags.force
  if (name === undefined && flags.csr === undefined && flags.san === undefined) {
    const directory = flags.out === undefined || flags.out === '-' ? undefined : openCertificateDirectory(flags.out)
    const told = { outputs: outputsTold(flags), deployment: await deploymentTold(flags) }
    const onHost = { directory, replace, name: undefined, hasKey: true, ...told }
    const record = directory && (await recordIn(directory))
    if (record === undefined)
      return { order: { wanted: undefined, ttl: ttl?.value, serverKey: flags['server-key'], onHost }, record }
    // As for renew: a variable or a profile does not change what a certificate is like.
    const toldTtl = ttl?.source === '--ttl' ? ttl.value : undefined
    const wanted = await wantedAgain(record, { ttl: toldTtl, keyType: flags['key-type'] })
    return { order: { wanted, ttl: wanted.ttl, serverKey: wanted.key.origin === 'issuer', onHost }, record }
  }
  const order = await issueOrder(name, flags, ttl?.value, readStdin)
  const { wanted, directory, outputs, deployment = {} } = order
  const hasKey = wanted.key.origin !== 'csr'
  const onHost = { directory, replace, name: order.name, hasKey, outputs, deployment }
  return { order: { wanted, ttl: ttl?.value, serverKey: flags['server-key'], onHost }, record: undefined }
}

/** Undefined where nothing is published; what keeps it from being read is told with the directory. */
async function recordIn(directory: CertificateDirectory): Promise<CertificateRecord | undefined> {
  try {
    return (await directory.state()) === 'published' ? (await directory.read()).record : undefined
  } catch (error) {
    if (error instanceof CertctlError) return undefined
    throw error
  }
}
