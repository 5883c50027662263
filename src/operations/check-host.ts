import type { Finding } from '../connectors/connector.ts'
import { CertctlError, errorMessage } from '../core/errors.ts'
import type { CertificateDirectory } from '../files/certificate-directory.ts'
import type { Deployment } from '../files/deployment-entry.ts'
import { Inventory } from '../files/inventory.ts'
import type { InventoryEntry, Outputs } from '../files/inventory-entry.ts'
import type { PublishedSet } from '../files/published-set.ts'
import { shellWord } from '../files/shell-word.ts'
import { assertCoherentDeployment, mergeDeployment } from './deployment/told-deployment.ts'
import type { Host } from './host.ts'
import { mergeOutputs, pathsOf } from './outputs/told-outputs.ts'

export interface HostQuestion {
  /** Undefined where nothing would be written. */
  readonly directory: CertificateDirectory | undefined
  /** Whether what is there may be replaced. */
  readonly replace: boolean
  /** The name of a certificate that would be issued; undefined asks about a renewal of what is there. */
  readonly name: string | undefined
  readonly hasKey: boolean
  readonly outputs: Outputs
  readonly deployment: Deployment
}

type Surroundings = Pick<Host, 'clock' | 'environment' | 'stateDirectory'>

/** What stands for and against the publishing and the deployment of a certificate. UsageError for what makes no sense. */
export async function checkHost(
  question: HostQuestion,
  host: Surroundings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const inventory = new Inventory(host.stateDirectory)
  const { directory } = question
  const place = directory && (await lookAtPlace(directory, question, inventory))
  const files = directory ? await filesFindings(directory, question, place?.kept, inventory) : []
  const findings = [...(place ? [place.finding] : []), ...files]
  const deployment = mergeDeployment(place?.kept?.entry?.deployment, question.deployment)
  assertCoherentDeployment(deployment)
  if (deployment === undefined) return findings
  const { deploymentFindings } = await import('./deployment/deployment-findings.ts')
  const name = question.name ?? place?.kept?.published.record.name ?? ''
  const isPublished = place?.isPublished ?? false
  return [...findings, ...(await deploymentFindings({ deployment, name, isPublished }, host, signal))]
}

interface Place {
  readonly finding: Finding
  readonly isPublished: boolean
  readonly kept?: Kept | undefined
}

/** What a renewal would keep to. */
interface Kept {
  readonly published: PublishedSet
  readonly entry: InventoryEntry | undefined
}

async function lookAtPlace(
  directory: CertificateDirectory,
  { name, replace }: HostQuestion,
  inventory: Inventory,
): Promise<Place> {
  let isPublished = false
  try {
    const state = await directory.state()
    isPublished = state === 'published'
    const kept =
      isPublished && name === undefined
        ? { published: await directory.read(), entry: inventory.read(await directory.realPath()) }
        : undefined
    await directory.assertPublishable({ replace: replace || kept !== undefined })
    const detail = `${directory.path} ${state === 'absent' ? 'is not there yet, and can be made' : 'can be written'}`
    const finding = { subject: 'directory', verdict: 'good', detail } as const
    return { finding, isPublished, kept }
  } catch (error) {
    const isTaken = error instanceof CertctlError && error.code === 'exists'
    return { finding: isTaken ? occupied(directory, isPublished) : failed('directory', error), isPublished }
  }
}

function occupied(directory: CertificateDirectory, isOurs: boolean): Finding {
  const detail = isOurs ? `${directory.path} holds a certificate already` : `${directory.path} holds other files`
  const hint = isOurs
    ? `renew it: certctl renew ${shellWord(directory.path)}; --force replaces it`
    : '--force adds to it'
  return { subject: 'directory', verdict: 'bad', detail, hint }
}

/** What is beside the directory, where there is anything. */
async function filesFindings(
  directory: CertificateDirectory,
  { outputs: told, replace, hasKey }: HostQuestion,
  kept: Kept | undefined,
  inventory: Inventory,
): Promise<readonly Finding[]> {
  const outputs = mergeOutputs(kept?.entry?.outputs, told)
  if (outputs === undefined) return []
  const subject = 'files'
  const { prepareOutputs } = await import('./outputs/prepare-outputs.ts')
  try {
    const asked = {
      directory: await directory.realPath(),
      outputs,
      known: pathsOf(kept?.entry?.outputs),
      adopted: kept?.entry?.adopted,
      replace,
      hasKey: kept?.published.hasKey ?? hasKey,
    }
    await prepareOutputs(asked, inventory)
    const paths = pathsOf(outputs)
    return paths.length === 0 ? [] : [{ subject, verdict: 'good', detail: `${paths.join(', ')} can be written` }]
  } catch (error) {
    return [failed(subject, error)]
  }
}

function failed(subject: string, error: unknown): Finding {
  if (!(error instanceof CertctlError)) throw error
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return { subject, verdict: 'bad', detail: errorMessage(error), ...hint }
}
