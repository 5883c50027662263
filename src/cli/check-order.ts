import type { Duration } from '../core/duration.ts'
import { openCertificateDirectory } from '../files/certificate-directory.ts'
import type { CheckOrder } from '../operations/check-issuing.ts'
import { issueOrder, type IssueFlags } from './issue-flags.ts'

/** What the arguments and flags of `issue` would ask for; without a name, whether the issuer can do its work at all. */
export async function checkOrder(
  name: string | undefined,
  flags: IssueFlags,
  ttl: Duration | undefined,
  readStdin: (flag: string) => Promise<string>,
): Promise<CheckOrder> {
  const common = { serverKey: flags['server-key'], replace: flags.force }
  if (name === undefined && flags.csr === undefined && flags.san === undefined) {
    const directory = flags.out === undefined || flags.out === '-' ? undefined : openCertificateDirectory(flags.out)
    return { ...common, wanted: undefined, ttl, directory }
  }
  const { wanted, directory } = await issueOrder(name, flags, ttl, readStdin)
  return { ...common, wanted, ttl, directory }
}
