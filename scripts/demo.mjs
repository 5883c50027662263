// The main job on the embedded CA, with real output, in a directory of its own that is gone afterwards.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, createServer } from 'node:tls'

const program = join(dirname(fileURLToPath(import.meta.url)), '../bin/certctl.cjs')
const directory = mkdtempSync(join(tmpdir(), 'certctl-demo-'))
const certificate = join(directory, 'localhost')
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => end(`the demo is stopped by ${signal}`))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

try {
  await demonstrate()
} catch (error) {
  end(`the demo failed: ${error.message}`)
}

async function demonstrate() {
  if (!existsSync(join(dirname(program), '../dist/main.cjs')))
    throw new Error('dist/ is missing; make it: npm run build')
  mkdirSync(join(directory, 'home'))

  say('A key made on this host, signed by the embedded CA, which is made at first use:')
  certctl('issue', 'localhost', '--san', '127.0.0.1', '--issuer', 'local')

  say('What came out:')
  run('ls', 'localhost')
  look()
  const first = await handshake()
  say(
    `A TLS handshake with privkey.pem and fullchain.pem, checked against ca.pem: ${first.protocol}, ${first.cipher}, serial ${first.serial}`,
  )

  say('Nothing is due yet, so nothing is written:')
  const before = readlinkSync(join(certificate, '.live'))
  certctl('renew', 'localhost')
  expect(readlinkSync(join(certificate, '.live')) === before, 'renew published a set although nothing was due')

  say('A successor all the same, with a new key:')
  certctl('renew', 'localhost', '--force')
  const after = readlinkSync(join(certificate, '.live'))
  expect(after !== before, 'renew --force did not publish a new set')
  say(`One rename has published all files at once: localhost/.live was ${before}, is ${after}`)
  const second = await handshake()
  expect(second.serial !== first.serial, 'the successor has the serial of the first certificate')
  say(`The same handshake again: ${second.protocol}, ${second.cipher}, serial ${second.serial}`)
}

function certctl(...args) {
  show('certctl', args)
  const environment = {
    PATH: process.env.PATH,
    HOME: join(directory, 'home'),
    CERTCTL_CONFIG_DIR: join(directory, 'config'),
    CERTCTL_STATE_DIR: join(directory, 'state'),
  }
  print(
    finished(
      'certctl',
      spawnSync(process.execPath, [program, ...args], { cwd: directory, env: environment, encoding: 'utf8' }),
    ),
  )
}

function run(name, ...args) {
  show(name, args)
  print(finished(name, spawnSync(name, args, { cwd: directory, encoding: 'utf8' })))
}

function finished(name, { status, signal, error, stdout, stderr }) {
  if (error) throw error
  expect(status === 0, `${name} ended with ${signal ?? `status ${status}`}: ${stderr.trim()}`)
  return stdout + stderr
}

/** By the tool that operators trust; where it is missing, by the record that certctl keeps. */
function look() {
  if (hasOpenssl()) {
    run('openssl', 'verify', '-x509_strict', '-CAfile', 'localhost/ca.pem', 'localhost/cert.pem')
    run(
      'openssl',
      'x509',
      '-in',
      'localhost/cert.pem',
      '-noout',
      '-subject',
      '-issuer',
      '-dates',
      '-ext',
      'subjectAltName',
    )
  } else run('cat', 'localhost/certctl.json')
}

function hasOpenssl() {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A server with the files as they are now, and a client that trusts nothing but ca.pem. */
async function handshake() {
  const read = (name) => readFileSync(join(certificate, name))
  const server = createServer({ key: read('privkey.pem'), cert: read('fullchain.pem') })
  try {
    await new Promise((listening, failed) => server.once('error', failed).listen(0, '127.0.0.1', listening))
    return await meet(server.address().port, read('ca.pem'))
  } finally {
    server.close()
  }
}

function meet(port, ca) {
  return new Promise((met, failed) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca })
    socket.once('error', failed)
    socket.once('secureConnect', () => {
      const facts = {
        protocol: socket.getProtocol(),
        cipher: socket.getCipher().name,
        serial: socket.getPeerX509Certificate().serialNumber,
      }
      socket.destroy()
      met({ ...facts, serial: facts.serial.toLowerCase().match(/../g).join(':') })
    })
  })
}

function say(text) {
  print(`\n# ${text}\n`)
}

function show(name, args) {
  print(`$ ${[name, ...args].join(' ')}\n`)
}

function print(text) {
  process.stdout.write(text.replaceAll(`${directory}/`, ''))
}

function expect(condition, failure) {
  if (!condition) throw new Error(failure)
}

function end(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
