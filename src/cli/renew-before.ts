import { parseRenewBefore } from '../operations/due/renew-before.ts'
import type { RenewBefore } from '../operations/renewal-due.ts'

/** What `--renew-before` tells, where it is given. */
export function renewBeforeTold(flag: string | undefined): RenewBefore | undefined {
  return flag === undefined ? undefined : parseRenewBefore(flag, '--renew-before')
}
