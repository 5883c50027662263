import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { until } from './keep-alive.ts'

/** Node has no sockets of that kind; perl is on every Debian. */
const receiver = `
use Socket; $| = 1;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_un($ARGV[0])) or die $!;
while (defined recv($socket, my $message, 8192, 0)) { $message =~ s/\\n/\\t/g; print "$message\\n" }
`

export const hasNotify = ['perl', 'systemd-notify'].every(
  (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined,
)
if (!hasNotify && process.env.CI) {
  throw new Error('perl and systemd-notify are needed; Debian has the latter in the package systemd')
}

/** Listens at a NOTIFY_SOCKET as a service manager does. */
export class NotifyReceiver {
  #text = ''

  private constructor(
    readonly path: string,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#text += text))
  }

  static async start(path: string): Promise<NotifyReceiver> {
    const receiving = new NotifyReceiver(
      path,
      spawn('perl', ['-e', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] }),
    )
    await until(() => existsSync(path))
    return receiving
  }

  /** The assignments of each message; the barrier that systemd-notify waits for is none. */
  get messages(): readonly (readonly string[])[] {
    const lines = this.#text.split('\n').slice(0, -1)
    return lines.map((line) => line.split('\t')).filter(([first]) => first !== 'BARRIER=1')
  }

  /** Without status lines and watchdog messages: those come as often as there is something to tell. */
  get states(): readonly string[] {
    const all = this.messages.map(([first = '']) => first)
    return all.filter((first) => !first.startsWith('STATUS=') && first !== 'WATCHDOG=1')
  }

  get statuses(): readonly string[] {
    return this.messages.flat().filter((assignment) => assignment.startsWith('STATUS='))
  }

  count(assignment: string): number {
    return this.messages.flat().filter((one) => one === assignment).length
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL')
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
  }
}
