import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import * as faults from '../support/faults.ts'
import { hook } from './support/hooks.ts'
import { KeepAlive, messages, until } from './support/keep-alive.ts'
import { like } from './support/matchers.ts'
import { type Scene, test } from './support/scene.ts'

/** Everything that could make the program, its framework or its libraries talk. */
const loud = { CERTCTL_LOG_LEVEL: 'trace', DEBUG: '*', NODE_DEBUG: '', OCLIF_DEBUG: '1' }

/** By level, what is worth to be run there: nothing is said on one that is not said on the last. */
const runs = [
  ['error', ['issue a.contract.test --out web', 'vault token-status --json']],
  ['warn', ['issue a.contract.test --out - --json', 'vault keep-alive --once']],
  ['info', ['issue a.contract.test --role nope', 'vault keep-alive --once --json']],
  ['debug', ['issue a.contract.test --out web', 'renew web --force', 'vault token-status']],
  [
    'trace',
    [
      'issue a.contract.test --out web',
      'issue a.contract.test --out - --json',
      'issue a.contract.test --role nope --json',
      'renew web --force',
      'vault token-status',
      'vault token-status --json',
      'vault keep-alive --once --json',
      'profile show --effective',
      'profile set prod --role web',
    ],
  ],
] as const

const planted = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** A line of the key itself: enough of it to be it, in whatever frame. */
const keyLine = planted.split('\n')[1]!

/** Every file on the host, by path; where a secret belongs is left out. */
async function files(scene: Scene, ...rightful: readonly RegExp[]): Promise<Record<string, string>> {
  const root = join(scene.host.workDir, '..')
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const others = paths.filter((path) => !rightful.some((pattern) => pattern.test(path)))
  return Object.fromEntries(
    await Promise.all(others.map(async (path) => [path, await readFile(path, 'latin1')] as const)),
  )
}

async function expectNowhere(
  scene: Scene,
  secret: string,
  output: string,
  ...rightful: readonly RegExp[]
): Promise<void> {
  expect(output).not.toContain(secret)
  for (const [path, content] of Object.entries(await files(scene, ...rightful))) {
    expect({ path, holdsSecret: content.includes(secret) }).toEqual({ path, holdsSecret: false })
  }
}

describe.concurrent('the token is nowhere in output and files', () => {
  test.for(runs)('of any command at level %s', async ([level, commands], { scene }) => {
    const output: string[] = []
    for (const command of commands) {
      const run = await scene.run([...command.split(' ')], { env: { ...loud, CERTCTL_LOG_LEVEL: level } })
      output.push(run.stdout, run.stderr)
    }
    expect(output.join('').length).toBeGreaterThan(500)
    await expectNowhere(scene, scene.token, output.join(''))
  })

  test.for(['issue a.contract.test', 'vault token-status', 'vault keep-alive --once'])(
    'when the server repeats it in errors: %s',
    async (command, { scene }) => {
      scene.vault.faults.on(/sign|token/, faults.echoToken(400))
      for (const form of [[], ['--json']]) {
        const run = await scene.run([...command.split(' '), ...form], { env: loud })
        expect(run.code).not.toBe(0)
        expect(run.stdout + run.stderr).toContain('[redacted]')
        await expectNowhere(scene, scene.token, run.stdout + run.stderr)
      }
    },
  )

  test.for(['issue a.contract.test', 'vault token-status', 'vault keep-alive --once'])(
    'when the server repeats it in warnings: %s',
    async (command, { scene }) => {
      scene.vault.faults.on(
        /sign|self/,
        faults.rewrite((document) => ({ ...document, warnings: [`token ${scene.token} is old`] })),
      )
      const run = await scene.run([...command.split(' '), '--json'], { env: loud })
      expect(run.code).toBe(0)
      expect(run.json().warnings).toEqual(['token [redacted] is old'])
      await expectNowhere(scene, scene.token, run.stdout + run.stderr)
    },
  )

  test.for([
    ['a page', (token: string) => faults.html(502, `no upstream for ${token}`)],
    ['a page that is no error', (token: string) => faults.html(200, token)],
    [
      'the name of what it shows',
      (token: string) => faults.rewrite(() => ({ data: { display_name: token, [token]: 1 } })),
    ],
    ['a redirect', (token: string) => faults.redirect(`http://elsewhere.test/${token}`)],
    ['a header', (token: string) => faults.reply(429, { 'Retry-After': token }, `{"errors":["${token}"]}`)],
  ] as const)('when the server repeats it in %s', async ([, fault], { scene }) => {
    scene.vault.faults.on('auth/token/lookup-self', fault(scene.token))
    const run = await scene.run(['vault', 'token-status', '--max-retries', '0'], { env: loud })
    expect(run.code).not.toBe(0)
    await expectNowhere(scene, scene.token, run.stdout + run.stderr)
  })

  test('when it is malformed', async ({ scene }) => {
    const env = { ...loud, VAULT_TOKEN: `${scene.token}\nsecond line` }
    for (const command of ['vault token-status', 'vault keep-alive', 'issue a.contract.test']) {
      const run = await scene.run(command.split(' '), { env })
      expect(run.code).toBe(3)
      await expectNowhere(scene, scene.token, run.stdout + run.stderr)
    }
  })

  test('of keep-alive through renewals, failures and a reload, nor in its arguments', async ({ scene }) => {
    const file = await scene.write('token', scene.token)
    scene.vault.faults.on('auth/token/renew-self', faults.echoToken(500), 1)
    const args = ['--token-file', file, '--metrics-file', 'metrics.prom', '--metrics-listen', '127.0.0.1:0']
    const running = await scene.spawn(['vault', 'keep-alive', ...args], { env: { ...loud, VAULT_TOKEN: undefined } })
    const told = (text: string) => until(() => running.output.stderr.includes(text), { what: () => text })
    await told(messages.started)
    const listen = /"listen":"([^"]+)"/.exec(running.output.stderr)![1]!
    running.kill('SIGUSR2')
    await told(messages.failed)
    await told(messages.renewed)
    running.kill('SIGHUP')
    await told('credentials and settings are read again')
    const scraped = await (await fetch(`http://${listen}/metrics`)).text()
    const shown = execFileSync('ps', ['-o', 'args=', '-p', String(running.pid)], { encoding: 'utf8' })
    running.kill('SIGTERM')
    const { stdout, stderr } = await running.ended
    expect(shown).toContain('keep-alive')
    await expectNowhere(scene, scene.token, stdout + stderr + scraped + shown, /work\/token$/)
  })

  test('of keep-alive in the variables of the child that looks up names', async ({ scene }) => {
    const seen = scene.path('seen')
    const getent = `#!/bin/sh\nenv > '${seen}.new' && mv '${seen}.new' '${seen}'\necho '127.0.0.1 STREAM vault.test'\n`
    await mkdir(scene.path('bin'))
    await writeFile(scene.path('bin/getent'), getent, { mode: 0o700 })
    const address = scene.vault.address.replace('127.0.0.1', 'localhost')
    const env = { PATH: `${scene.path('bin')}:${process.env.PATH}`, VAULT_ADDR: address, RES_OPTIONS: 'timeout:1' }
    const keepAlive = await KeepAlive.started(scene, [], { env })
    const variables = await readFile(seen, 'utf8')
    expect(variables).toContain('RES_OPTIONS=timeout:1')
    expect(variables).not.toContain(scene.token)
    await keepAlive.stop()
  })

  test.for(['variable', 'file'])('when a hook says it that was read from a %s', async (source, { scene }) => {
    const file = await scene.write('token', scene.token)
    const path = await hook(scene, 'hook', `echo "the token is $(cat ${file})"; echo "$(cat ${file})" >&2; exit 1`)
    const env = { ...loud, VAULT_TOKEN: source === 'file' ? undefined : scene.token }
    const flags = source === 'file' ? ['--token-file', file] : []
    const output: string[] = []
    for (const command of [
      ['issue', 'a.contract.test', '--out', 'web', '--deploy', path, '--json', ...flags],
      ['renew', 'web', '--force', ...flags],
      ['renew', 'web', '--json', ...flags],
      ['status', '--json'],
    ]) {
      const run = await scene.run(command, { env })
      expect(run.stdout + run.stderr).toContain('the token is [redacted]')
      output.push(run.stdout, run.stderr)
    }
    await expectNowhere(scene, scene.token, output.join(''), /work\/token$/)
  })

  test('of a token helper, nor in its arguments', async ({ scene }) => {
    const helper = await scene.write(
      'helper',
      `#!/bin/sh\necho "$@" > ${scene.path('seen')}\ncat ${await scene.write('token', scene.token)}\n`,
      0o700,
    )
    await scene.write('../home/.vault', `token_helper = "${helper}"\n`)
    const run = await scene.run(['vault', 'token-status'], { env: { ...loud, VAULT_TOKEN: undefined } })
    expect(run.code).toBe(0)
    expect(await readFile(scene.path('seen'), 'utf8')).toBe('get\n')
    await expectNowhere(scene, scene.token, run.stdout + run.stderr, /work\/token$/)
  })
})

describe.concurrent('a private key', () => {
  test('that is given stands in the key file alone', async ({ scene }) => {
    const file = await scene.write('my.key', planted)
    const output: string[] = []
    for (const command of [
      `issue a.contract.test --key ${file} --out web`,
      'renew web --force',
      'renew web --force --json',
    ]) {
      const run = await scene.run(command.split(' '), { env: loud })
      expect(run.code).toBe(0)
      output.push(run.stdout, run.stderr)
    }
    await expectNowhere(scene, keyLine, output.join(''), /my\.key$/, /privkey\.pem$/)
  })

  test('that is made here is not printed, not even with --out -', async ({ scene }) => {
    for (const command of [
      'issue a.contract.test --out -',
      'issue a.contract.test --out - --json',
      'issue a.contract.test',
    ]) {
      const run = await scene.run(command.split(' '), { env: loud })
      expect(run.code).toBe(0)
      expect(run.stdout + run.stderr).not.toContain('PRIVATE KEY')
    }
    const kept = Object.entries(await files(scene)).filter(([, content]) => content.includes('PRIVATE KEY'))
    expect(kept.map(([path]) => path)).toEqual([like(/a\.contract\.test\/\.certctl\/versions\/1\/privkey\.pem$/)])
  })

  test('that a hook says stands in the key file alone', async ({ scene }) => {
    const file = await scene.write('my.key', planted)
    const path = await hook(
      scene,
      'hook',
      'echo "reads $CERTCTL_KEY_FILE:"; cat "$CERTCTL_KEY_FILE"; echo no good; exit 1',
    )
    const output: string[] = []
    for (const command of [
      ['issue', 'a.contract.test', '--out', 'web', '--key', file, '--deploy', path, '--json'],
      ['renew', 'web'],
      ['status', '--json'],
    ]) {
      const run = await scene.run(command, { env: loud })
      expect(run.stdout + run.stderr).toMatch(/privkey\.pem:\\+n\[redacted\]\\+nno good/)
      output.push(run.stdout, run.stderr)
    }
    await expectNowhere(scene, keyLine, output.join(''), /my\.key$/, /privkey\.pem$/)
  })

  test('of a reply that makes no sense is nowhere', async ({ scene }) => {
    scene.vault.faults.on(
      'pki/issue/ec',
      faults.rewrite((document) => ({
        ...document,
        data: { ...(document.data as object), certificate: 7, private_key: planted },
      })),
    )
    const run = await scene.run(['issue', 'a.contract.test', '--role', 'ec', '--server-key'], { env: loud })
    expect(run.code).toBe(6)
    await expectNowhere(scene, keyLine, run.stdout + run.stderr)
  })

  test('of the embedded CA leaves its file by no command', async ({ scene }) => {
    const output: string[] = []
    for (const command of [
      'local init',
      'local ca',
      'local ca --json',
      'issue localhost --issuer local',
      'local init --force --json',
    ]) {
      const run = await scene.run(command.split(' '), { env: loud })
      expect(run.code).toBe(0)
      output.push(run.stdout, run.stderr)
    }
    const key = (await readFile(join(scene.host.stateDir, 'local-ca/ca-key.pem'), 'utf8')).split('\n')[1]!
    await expectNowhere(scene, key, output.join(''), /local-ca\/ca-key\.pem$/)
    expect(output.join('')).not.toContain('PRIVATE KEY')
  })
})
