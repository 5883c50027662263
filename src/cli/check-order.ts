import type { Duration } from '../core/duration.ts'
import { openCertificateDirectory } from '../files/certificate-directory.ts'
import type { CheckOrder } from '../operations/check-issuing.ts'
import { deploymentTold } from './deploy-flags.ts'
import { issueOrder, type IssueFlags } from './issue-flags.ts'
import { outputsTold } from './output-flags.ts'

/**
 * What the arguments and flags of `issue` would ask for; without a name, whether the issuer can do its work at all, and
 * what is in a directory be renewed.
 */
export async function checkOrder(
  name: string | undefined,
  flags: IssueFlags,
  ttl: Duration | undefined,
  readStdin: (flag: string) => Promise<string>,
): Promise<CheckOrder> {
  const common = { serverKey: flags['server-key'], ttl }
  const replace = flags.force
  if (name === undefined && flags.csr === undefined && flags.san === undefined) {
    const directory = flags.out === undefined || flags.out === '-' ? undefined : openCertificateDirectory(flags.out)
    const told = { outputs: outputsTold(flags), deployment: await deploymentTold(flags) }
    return { ...common, wanted: undefined, onHost: { directory, replace, name: undefined, hasKey: true, ...told } }
  }
  const order = await issueOrder(name, flags, ttl, readStdin)
  const { wanted, directory, outputs, deployment = {} } = order
  const hasKey = wanted.key.origin !== 'csr'
  return { ...common, wanted, onHost: { directory, replace, name: order.name, hasKey, outputs, deployment } }
}
