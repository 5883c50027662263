import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { hook } from './support/hooks.ts'
import { needs, startServer } from './support/real-server.ts'
import { type Scene, test } from './support/scene.ts'

const run = promisify(execFile)
const isRoot = process.geteuid?.() === 0

/** A server that is told where the certificate lies, once there is one. */
interface Daemon {
  /** For `issue`: files where the server wants them. */
  readonly files?: readonly string[]
  /** For `renew`: has it read the new ones. Some read them for each connection. */
  readonly reload: readonly string[]
  start(): unknown
}

type Prepare = (scene: Scene, port: number) => Promise<Daemon>

const exim: Prepare = async (scene, port) => {
  const config = await scene.write(
    'exim.conf',
    `spool_directory = ${scene.path('spool')}
log_file_path = ${scene.path('exim-%slog')}
pid_file_path = ${scene.path('exim.pid')}
primary_hostname = mail.corp
keep_environment =
exim_user = root
exim_group = root
tls_advertise_hosts = *
tls_certificate = ${scene.path('web/fullchain.pem')}
tls_privatekey = ${scene.path('web/privkey.pem')}
host_lookup =
begin acl
begin routers
begin transports
`,
  )
  await mkdir(scene.path('spool'))
  return {
    reload: [],
    start: () => startServer(scene, 'exim4', ['-C', config, '-bdf', '-oX', `127.0.0.1.${port}`]),
  }
}

/** IMAP or POP3; the other one is off. */
function dovecot(protocol: 'imap' | 'pop3'): Prepare {
  return async (scene, port) => {
    // Its login processes are nobody, and go through the directory.
    const home = await openDirectory(scene)
    const config = await scene.write(
      'dovecot.conf',
      `base_dir = ${home}
log_path = ${scene.path('dovecot.log')}
protocols = ${protocol}
listen = 127.0.0.1
ssl = yes
ssl_cert = <${scene.path('web/fullchain.pem')}
ssl_key = <${scene.path('web/privkey.pem')}
default_internal_user = root
default_internal_group = root
default_login_user = nobody
service ${protocol}-login {
  chroot =
  inet_listener ${protocol} {
    port = ${port}
  }
  inet_listener ${protocol}s {
    port = 0
  }
}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}
`,
    )
    return {
      reload: ['--signal-pid-file', `${home}/master.pid:HUP`],
      start: () => startServer(scene, 'dovecot', ['-F', '-c', config]),
    }
  }
}

const slapd: Prepare = async (scene, port) => {
  const pidFile = scene.path('slapd.pid')
  const config = await scene.write(
    'slapd.conf',
    `pidfile ${pidFile}
TLSCertificateFile ${scene.path('web/fullchain.pem')}
TLSCertificateKeyFile ${scene.path('web/privkey.pem')}
`,
  )
  const launch = `slapd -h ldap://127.0.0.1:${port} -f ${config}`
  // It reads its certificate at its start only.
  const restart = await hook(
    scene,
    'restart',
    `pid=$(cat ${pidFile})\nkill "$pid"\nwhile kill -0 "$pid" 2>&-; do sleep 0.1; done\nexec ${launch}`,
  )
  const start = async () => {
    await run('sh', ['-c', launch])
    scene.atEnd(async () => void process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGTERM'))
  }
  return { reload: ['--deploy', restart], start }
}

const postgres: Prepare = async (scene, port) => {
  const programs = `/usr/lib/postgresql/${(await readdir('/usr/lib/postgresql'))[0]}/bin`
  const home = await openDirectory(scene)
  const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')]
  // It refuses to run as root, and to take a key that others may read.
  const as = isRoot ? ['runuser', '-u', 'postgres', '--'] : ['env']
  const owner = isRoot ? ['--owner', 'postgres'] : []
  if (isRoot) await chown(home, Number((await run('id', ['-u', 'postgres'])).stdout), -1)
  const inHome = (...command: readonly string[]): [string, string[]] => [as[0]!, [...as.slice(1), ...command]]
  await run(...inHome(join(programs, 'initdb'), '-D', join(home, 'data'), '--no-sync', '-A', 'trust'))
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: cert,
    ssl_key_file: key,
    fsync: 'off',
  }
  const told = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return {
    files: ['--fullchain-file', cert, '--key-file', key, ...owner],
    reload: ['--signal-pid-file', `${join(home, 'data/postmaster.pid')}:HUP`],
    start: () => startServer(scene, ...inHome(join(programs, 'postgres'), '-D', join(home, 'data'), ...told)),
  }
}

const mariadb: Prepare = async (scene, port) => {
  const [data, socket] = [scene.path('data'), scene.path('sock')]
  const user = isRoot ? ['--user=root'] : []
  await run('mariadb-install-db', [
    ...['--no-defaults', `--datadir=${data}`, ...user],
    ...['--auth-root-authentication-method=normal', '--skip-test-db'],
  ])
  const args = [
    ...['--no-defaults', `--datadir=${data}`, ...user, `--socket=${socket}`, `--pid-file=${scene.path('pid')}`],
    ...[`--port=${port}`, '--bind-address=127.0.0.1'],
    ...[`--ssl-cert=${scene.path('web/fullchain.pem')}`, `--ssl-key=${scene.path('web/privkey.pem')}`],
  ]
  return {
    reload: ['--deploy', `mariadb --no-defaults --socket=${socket} --user=root --execute="FLUSH SSL"`],
    start: () => startServer(scene, 'mariadbd', args),
  }
}

/** That every account may pass through. */
async function openDirectory(scene: Scene): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'certctl-server-'))
  await chmod(path, 0o755)
  scene.atEnd(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Asks by `inspect` until the certificate is served: a server takes a moment to start, and a worker to leave. */
async function untilServed(
  scene: Scene,
  serial: string,
  [endpoint, protocol]: readonly [string, string],
): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const inspected = await scene.run(['inspect', endpoint, '--starttls', protocol, '--json'])
    if (inspected.code === 0 && serialIn(inspected.json()['objects']) === serial) return
    await wait(200)
  }
  throw new Error(`${endpoint} does not serve ${serial}`)
}

function serialIn(objects: unknown): string | undefined {
  return (objects as readonly { certificate?: { serial: string } }[])[0]?.certificate?.serial
}

const daemons = [
  { name: 'Exim', program: 'exim4', protocol: 'smtp', prepare: exim, needsRoot: true },
  { name: 'Dovecot', program: '/usr/lib/dovecot/imap', protocol: 'imap', prepare: dovecot('imap'), needsRoot: true },
  { name: 'Dovecot', program: '/usr/lib/dovecot/pop3', protocol: 'pop3', prepare: dovecot('pop3'), needsRoot: true },
  { name: 'slapd', program: 'slapd', protocol: 'ldap', prepare: slapd },
  { name: 'PostgreSQL', program: 'pg_lsclusters', protocol: 'postgres', prepare: postgres },
  { name: 'MariaDB', program: 'mariadbd', protocol: 'mysql', prepare: mariadb },
] as const

/** Servers start slowly on a machine that is at work. */
const timeout = 180_000

describe.concurrent('what starts TLS', () => {
  test.for(daemons)(
    'by $protocol is seen in $name, and proves a renewal there',
    { timeout },
    async (daemon, { scene, skip }) => {
      const { program, protocol, prepare } = daemon
      needs(program, skip)
      if ('needsRoot' in daemon && !isRoot) skip('only root starts it')
      const port = await freePort()
      const { files = [], reload, start } = await prepare(scene, port)
      const issued = await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web', ...files, '--json'])
      expect(issued).toMatchObject({ code: 0, stderr: '' })
      await start()
      const endpoint = `127.0.0.1:${port}`
      const { serial } = issued.json()['certificate'] as { serial: string }
      await untilServed(scene, serial, [endpoint, protocol])
      const probe = ['--probe', `${endpoint},starttls=${protocol}`]
      const renewed = await scene.run(['renew', 'web', '--force', ...reload, ...probe, '--json'])
      expect(renewed).toMatchObject({ code: 0, stderr: '' })
      const [result] = renewed.json()['results'] as readonly { certificate: { serial: string } }[]
      expect(result).toMatchObject({ deployment: { state: 'deployed', probes: [{ endpoint, served: true }] } })
      await untilServed(scene, result!.certificate.serial, [endpoint, protocol])
    },
  )
})
