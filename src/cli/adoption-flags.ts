import { Flags } from '@oclif/core'
import type { Settings } from '../config/settings.ts'
import { ConfigError, UsageError } from '../core/errors.ts'
import type { Outputs } from '../files/inventory-entry.ts'
import type { AdoptionOrder } from '../operations/adopt/adoption-order.ts'
import { assertCoherentDeployment, mergeDeployment } from '../operations/deployment/told-deployment.ts'
import { fileKeys } from '../operations/outputs/told-outputs.ts'
import type { KeyType } from '../pki/key-type.ts'
import { recordedIssuer } from './compose.ts'
import { deployFlags, deploymentTold, scheduleTold, type DeployFlags } from './deploy-flags.ts'
import { keyTypeFlag } from './issue-flags.ts'
import { outputFlags, outputsTold, type OutputFlags } from './output-flags.ts'
import { renewBeforeTold } from './renew-before.ts'

export const adoptionFlags = {
  'dry-run': Flags.boolean({ description: 'only say what would be taken over' }),
  force: Flags.boolean({ description: 'let the first renewal replace further files named below that are there' }),
  'key-type': keyTypeFlag({
    description: 'kind of key to make at renewals; that of the certificate when not given',
    exclusive: ['reuse-key'],
  }),
  'reuse-key': Flags.boolean({ description: 'keep the key at renewals' }),
  'renew-before': Flags.string({
    description: 'renew with so much left, or so much of the validity; kept for its renewals',
    helpValue: 'DURATION|PERCENT',
  }),
  ...outputFlags,
  ...deployFlags,
}

export interface AdoptionFlags extends OutputFlags, DeployFlags {
  readonly 'dry-run': boolean
  readonly force: boolean
  readonly 'key-type'?: KeyType | undefined
  readonly 'reuse-key': boolean
  readonly 'renew-before'?: string | undefined
}

/** What the flags of `adopt` and its settings tell for all certificates. */
export async function adoptionOrder(flags: AdoptionFlags, settings: Settings): Promise<AdoptionOrder> {
  const issuer = recordedIssuer(settings)
  if (issuer.kind === 'vault' && issuer.role === null)
    throw new ConfigError('role is required', { hint: 'give --role or set CERTCTL_VAULT_ROLE' })
  renewBeforeTold(flags['renew-before'])
  const deployment = await deploymentTold(flags)
  assertCoherentDeployment(mergeDeployment(undefined, deployment))
  return {
    issuer,
    // As for renew: a variable or a profile does not change what a certificate is like.
    ttl: settings.ttl?.source === '--ttl' ? settings.ttl.value : undefined,
    keyType: flags['key-type'],
    reuseKey: flags['reuse-key'],
    outputs: outputsTold(flags),
    deployment,
    schedule: await scheduleTold(flags, flags['renew-before']),
    replace: flags.force,
    dryRun: flags['dry-run'],
  }
}

/** UsageError where several certificates would share a path. */
export function refuseSharedPaths(outputs: Outputs, certificates: number): void {
  const path = fileKeys.map((key) => outputs[key]).find((one) => one !== undefined && one !== '')
  if (path === undefined || certificates <= 1) return
  throw new UsageError(`${path} can hold one certificate only, and not all that are named`, {
    hint: `name one, or leave the flag out and tell it later, as in: certctl renew PATH --combined-file FILE`,
  })
}
