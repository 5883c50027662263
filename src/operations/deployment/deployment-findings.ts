import type { Finding } from '../../connectors/connector.ts'
import { Duration } from '../../core/duration.ts'
import { errorMessage } from '../../core/errors.ts'
import type { Deployment } from '../../files/deployment-entry.ts'
import { parseCommandLine } from '../../hooks/command-line.ts'
import { programFault } from '../../hooks/find-program.ts'
import { runCommand, type CommandEnd } from '../../hooks/run-command.ts'
import { parsePidFileSignal, signalFault } from '../../hooks/signal-process.ts'
import { formatEndpoint } from '../../probe/endpoint.ts'
import type { Host } from '../host.ts'
import { hooksOf, type Hook } from './hook.ts'
import { parseProbe, servedAt } from './probe.ts'

export interface DeploymentQuestion {
  readonly deployment: Deployment
  /** Of the certificate, for probes at addresses. */
  readonly name: string
  /** Whether the endpoints should be there already. */
  readonly isPublished: boolean
}

type Surroundings = Pick<Host, 'clock' | 'environment'>
type Verdict = Omit<Finding, 'subject'>

const patience = Duration.ofSeconds(5)

/** What stands for and against hooks and probes; no hook is run. */
export async function deploymentFindings(
  question: DeploymentQuestion,
  host: Surroundings,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { onFailure = [], probe = [] } = question.deployment
  const findings = [
    ...hooksOf(question.deployment).map((hook) => finding('hook', hookVerdict(hook, host, signal))),
    ...onFailure.map((text) => finding('failure hook', programVerdict(text, host))),
    ...probe.map((text) => finding('probe', probeVerdict(text, question, signal))),
  ]
  return Promise.all(findings)
}

async function finding(subject: string, verdict: Verdict | Promise<Verdict>): Promise<Finding> {
  return { subject, ...(await verdict) }
}

function hookVerdict({ kind, text }: Hook, host: Surroundings, signal: AbortSignal): Verdict | Promise<Verdict> {
  switch (kind) {
    case 'command':
      return programVerdict(text, host)
    case 'shell':
      return shellVerdict(text, host, signal)
    case 'unit':
      return unitVerdict(text, host, signal)
    case 'signal':
      return pidFileVerdict(text)
  }
}

function programVerdict(text: string, { environment }: Surroundings): Verdict {
  const program = parseCommandLine(text)?.[0]
  if (program === undefined)
    return bad(`${text} is not a command`, 'tell it anew: close every quote, and name a program first')
  const fault = programFault(program, environment['PATH'])
  if (fault === undefined) return { verdict: 'good', detail: `${program} can be run` }
  return bad(`${program} ${fault}`, 'check its path and mode; what needs a shell goes with --deploy-shell')
}

/** Only its syntax can be looked at without running it. */
async function shellVerdict(text: string, host: Surroundings, signal: AbortSignal): Promise<Verdict> {
  const { failure, output } = await ask(['/bin/sh', '-n', '-c', text], host, signal)
  if (failure !== undefined) return bad(`/bin/sh does not take ${text}: ${output || failure}`, 'mend the line')
  return { verdict: 'unknown', detail: `/bin/sh takes ${text}; what that starts is not known`, hint: 'run it by hand' }
}

async function unitVerdict(unit: string, host: Surroundings, signal: AbortSignal): Promise<Verdict> {
  const missing = programFault('systemctl', host.environment['PATH'])
  if (missing !== undefined)
    return bad(`${unit} cannot be reloaded: systemctl ${missing}`, 'where there is no systemd, use --deploy COMMAND')
  const asked = ['systemctl', 'show', '--property=LoadState,ActiveState', '--', unit] as const
  const { failure, output } = await ask(asked, host, signal)
  const [load, active] = [/LoadState=([\w-]+)/, /ActiveState=([\w-]+)/].map((pattern) => pattern.exec(output)?.[1])
  if (failure !== undefined || load === undefined) {
    const detail = `systemctl does not say how ${unit} is: ${output || (failure ?? 'it says nothing')}`
    return { verdict: 'unknown', detail, hint: `ask it where certctl is to run: systemctl status ${unit}` }
  }
  if (load !== 'loaded') return bad(`${unit} is ${load}`, `check its name and state: systemctl status ${unit}`)
  const isRunning = active === 'active' || active === 'reloading'
  return { verdict: 'good', detail: `${unit} is ${active}${isRunning ? '' : ', and will be left so'}` }
}

function pidFileVerdict(text: string): Verdict {
  const target = parsePidFileSignal(text)
  if (target === undefined) return bad(`${text} names no file and signal`, 'tell it anew, as in: /run/nginx.pid:HUP')
  const fault = signalFault(target)
  if (fault === undefined) return { verdict: 'good', detail: `${target.path} names a process that can be signalled` }
  return bad(`${target.path} ${fault}`, 'check the path, and who owns the file and the process')
}

/** Before the first certificate a server need not run: its hook may start it. */
async function probeVerdict(
  text: string,
  { name, isPublished }: DeploymentQuestion,
  signal: AbortSignal,
): Promise<Verdict> {
  const probe = parseProbe(text, 'the probe')
  const endpoint = formatEndpoint(probe.endpoint)
  try {
    const served = await servedAt(probe, name, { timeout: patience, signal })
    return {
      verdict: 'good',
      detail: `${endpoint} answers, with ${served ? `serial ${served.serial}` : 'what is no certificate'}`,
    }
  } catch (error) {
    signal.throwIfAborted()
    const hint = 'check host, port and starttls, and that the server runs'
    return { verdict: isPublished ? 'bad' : 'unknown', detail: errorMessage(error), hint }
  }
}

function ask(
  command: readonly [string, ...string[]],
  { clock, environment }: Surroundings,
  signal: AbortSignal,
): Promise<CommandEnd> {
  return runCommand(command, { environment, timeout: patience, clock, signal })
}

function bad(detail: string, hint: string): Verdict {
  return { verdict: 'bad', detail, hint }
}
