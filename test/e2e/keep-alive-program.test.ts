import { execFile, execFileSync } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { approles } from '../support/login-fixture.ts'
import { type LogLine, messages, until } from './support/keep-alive.ts'
import { refusal } from './support/refusal.ts'
import { type FreshToken, type Scene, type SceneOptions, test } from './support/scene.ts'

const withoutToken = { VAULT_TOKEN: undefined }

/** A shell script as the program beside keep-alive. */
const sh = (script: string) => ['--', 'sh', '-c', script]

/** Says so once it is ready, and waits; the shell wakes for signals. */
const waits = 'echo ready $$; while :; do sleep 0.05; done'

function spawn(scene: Scene, args: readonly string[], options: SceneOptions & FreshToken = {}) {
  return scene.spawn(['vault', 'keep-alive', '--log-format', 'json', ...args], { timeout: 50_000, ...options })
}

function run(scene: Scene, args: readonly string[], options: SceneOptions = {}) {
  return scene.run(['vault', 'keep-alive', '--log-format', 'json', ...args], options)
}

function logOf({ stderr }: { readonly stderr: string }): readonly LogLine[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as LogLine)
}

async function ready(running: Awaited<ReturnType<typeof spawn>>): Promise<number> {
  const line = await running.waitForLine(/^ready/, { stream: 'stdout', patience: 20_000 })
  return Number(line.split(' ')[1])
}

async function replace(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.concurrent('a program beside keep-alive', () => {
  test('has token and address, and its output and status are what comes back', async ({ scene }) => {
    const script = 'printf "%s %s" "$VAULT_TOKEN" "$VAULT_ADDR"; echo told >&2; exit 7'
    const env = { BAO_TOKEN: undefined, CERTCTL_VAULT_NAMESPACE: 'team/a' }
    const ended = await run(scene, sh(script), { env })
    expect(ended).toMatchObject({ code: 7, signal: null, stdout: `${scene.token} ${scene.vault.address}` })
    expect(ended.stderr).toContain('told\n')
    expect(ended.stderr).not.toContain(scene.token)
    expect(logOf(ended).at(-1)).toMatchObject({ message: messages.stopped })
  })

  test('has the path of the sink in the place of the token', async ({ scene }) => {
    const roleId = await scene.write('role-id', approles.open!.roleId)
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--sink', 'one']
    const script = 'echo "[$VAULT_TOKEN] $CERTCTL_VAULT_TOKEN_FILE"; cat "$CERTCTL_VAULT_TOKEN_FILE"'
    const ended = await run(scene, [...how, ...sh(script)], { env: withoutToken })
    const [first, token] = ended.stdout.split('\n')
    expect(first).toBe(`[] ${scene.path('one')}`)
    expect(scene.vault.token(token!)).toBeDefined()
  })

  test('reads the standard input', async ({ scene }) => {
    const ended = await run(scene, ['--', 'cat'], { stdin: 'typed' })
    expect(ended).toMatchObject({ code: 0, stdout: 'typed' })
  })

  test.for([
    ['SEGV', 139],
    ['KILL', 137],
    ['TERM', 143],
  ] as const)('that SIG%s ends gives %d', async ([signal, code], { scene }) => {
    expect(await run(scene, sh(`kill -${signal} $$`))).toMatchObject({ code, signal: null })
  })

  test('that is not there gives 127, and one that is no program 126', async ({ scene }) => {
    const missing = await run(scene, ['--', 'no-such-program-anywhere'])
    expect(missing).toMatchObject({ code: 127, stdout: '' })
    expect(logOf(missing)).toContainEqual(expect.objectContaining({ level: 'error', message: 'program cannot be run' }))
    expect(logOf(missing).map(({ message }) => message)).not.toContain('program started')
    const file = await scene.write('no-program', 'text')
    expect(await run(scene, ['--', file])).toMatchObject({ code: 126 })
    const throughFile = await run(scene, ['--', `${file}/program`])
    expect(throughFile).toMatchObject({ code: 126, stdout: '' })
    expect(logOf(throughFile).at(-1)).toMatchObject({ message: messages.stopped })
  })

  test('keeps flags of its own', async ({ scene }) => {
    const ended = await run(scene, ['--', 'printf', '%s ', '--json', '--once', '--help', '--', '-x'])
    expect(ended).toMatchObject({ code: 0, stdout: '--json --once --help -- -x ' })
  })

  test('is not started without a good token', async ({ scene }) => {
    const ended = await run(scene, sh('echo started'), { env: { VAULT_TOKEN: 'hvs.of-nobody' } })
    expect(ended).toMatchObject({ code: 4, stdout: '' })
  })

  test('is not started when the stop comes first, which is no success', async ({ scene }) => {
    await scene.vault.seal()
    const running = await spawn(scene, sh('echo started'))
    await running.waitForLine(/cannot be asked about the token yet/)
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143, stdout: '' })
  })

  test('runs with a token that never expires', async ({ scene }) => {
    const env = { VAULT_TOKEN: scene.vault.rootToken }
    expect(await run(scene, sh('sleep 0.5; exit 3'), { env })).toMatchObject({ code: 3 })
  })

  test('goes on with a token that cannot be renewed until that expires, and is ended then', async ({ scene }) => {
    const script = 'trap "echo told to end; exit 0" TERM; echo ready $$; while :; do sleep 0.05; done'
    const running = await spawn(scene, sh(script), { freshToken: { ttl: '8s', renewable: false } })
    const pid = await ready(running)
    const ended = await running.ended
    expect(ended.code).toBe(4)
    expect(ended.stdout).toContain('told to end')
    expect(isThere(pid)).toBe(false)
    expect(logOf(ended).map(({ message }) => message)).toEqual(
      expect.arrayContaining(['the program goes on until the token expires', messages.expired, 'program ended']),
    )
  })

  test('is ended when the token is revoked', async ({ scene }) => {
    const running = await spawn(scene, sh(waits))
    const pid = await ready(running)
    await scene.vault.revokeToken(scene.token)
    running.kill('SIGUSR2')
    const ended = await running.ended
    expect(ended.code).toBe(4)
    expect(isThere(pid)).toBe(false)
  })
})

describe.concurrent('signals to keep-alive with a program', () => {
  test.for([
    ['SIGTERM', 'TERM'],
    ['SIGINT', 'INT'],
  ] as const)(
    '%s is passed on, and the loop goes on until the program has ended',
    async ([signal, name], { scene }) => {
      const script = `trap 'sleep 0.5; echo done; exit 3' ${name}; ${waits}`
      const running = await spawn(scene, sh(script))
      await ready(running)
      running.kill(signal)
      const ended = await running.ended
      expect(ended.code).toBe(3)
      expect(ended.stdout).toContain('done')
      const told = logOf(ended).map(({ message }) => message)
      expect(told.indexOf(messages.stopped)).toBeGreaterThan(told.indexOf('program ended'))
    },
  )

  test('SIGTERM ends one that does nothing about it, with 143', async ({ scene }) => {
    const running = await spawn(scene, sh(waits))
    const pid = await ready(running)
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143, signal: null })
    expect(isThere(pid)).toBe(false)
  })

  test('--kill-after kills a program that does not end', async ({ scene }) => {
    const running = await spawn(scene, ['--kill-after', '500ms', ...sh(`trap '' TERM; ${waits}`)])
    const pid = await ready(running)
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 137 })
    expect(isThere(pid)).toBe(false)
  })

  test('a second one kills it at once', async ({ scene }) => {
    const running = await spawn(scene, sh(`trap 'echo first' TERM; ${waits}`))
    const pid = await ready(running)
    running.kill('SIGTERM')
    await running.waitForLine(/^first/, { stream: 'stdout' })
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 137 })
    await until(() => !isThere(pid))
  })

  test('SIGUSR1 and SIGQUIT are passed on, SIGHUP and SIGUSR2 are not', async ({ scene }) => {
    const traps = ['USR1', 'QUIT', 'HUP', 'USR2'].map((name) => `trap 'echo got ${name}' ${name}`).join('; ')
    const running = await spawn(scene, sh(`${traps}; ${waits}`))
    await ready(running)
    running.kill('SIGHUP')
    await running.waitForLine(/credentials and settings are read again/)
    running.kill('SIGUSR2')
    running.kill('SIGUSR1')
    await running.waitForLine(/^got USR1/, { stream: 'stdout' })
    running.kill('SIGQUIT')
    await running.waitForLine(/^got QUIT/, { stream: 'stdout' })
    running.kill('SIGTERM')
    expect((await running.ended).stdout).not.toMatch(/HUP|USR2/)
  })
})

describe.concurrent('a new token', () => {
  const sayToken = 'echo "token $VAULT_TOKEN"'

  test('restarts the program that has the old one in a variable', async ({ scene }) => {
    const file = await scene.write('token', scene.token)
    const args = ['--token-file', file, ...sh(`${sayToken}; ${waits}`)]
    const running = await spawn(scene, args, { env: withoutToken })
    const pid = await ready(running)
    const token = await scene.createToken({ ttl: '2h' })
    await replace(file, token)
    await running.waitForLine(new RegExp(`^token ${token}`), { stream: 'stdout', patience: 20_000 })
    expect(isThere(pid)).toBe(false)
    running.kill('SIGTERM')
    const ended = await running.ended
    expect(ended.code).toBe(143)
    for (const secret of [token, scene.token]) expect(ended.stderr).not.toContain(secret)
  })

  test.for([
    [['--on-new-token', 'HUP'], true],
    [['--on-new-token', 'none'], false],
  ] as const)('is told by a signal, or not at all: %j', async ([how, isTold], { scene }) => {
    const file = await scene.write('token', scene.token)
    const args = ['--token-file', file, ...how, ...sh(`trap 'echo told' HUP; ${waits}`)]
    const running = await spawn(scene, args, { env: withoutToken })
    const pid = await ready(running)
    await replace(file, await scene.createToken({ ttl: '2h' }))
    await running.waitForLine(/vault token replaced/)
    if (isTold) await running.waitForLine(/^told/, { stream: 'stdout' })
    else await wait(500)
    expect(isThere(pid)).toBe(true)
    running.kill('SIGTERM')
    expect((await running.ended).stdout.includes('told')).toBe(isTold)
  })

  test('is found in the sink by a program that goes on', async ({ scene }) => {
    const roleId = await scene.write('role-id', approles.short!.roleId)
    const how = ['--auth', 'approle', '--role-id-file', roleId, '--sink', 'one']
    const running = await spawn(scene, [...how, ...sh(waits)], { env: withoutToken })
    const pid = await ready(running)
    const first = await readFile(scene.path('one'), 'utf8')
    await until(async () => (await readFile(scene.path('one'), 'utf8')) !== first)
    expect(isThere(pid)).toBe(true)
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143 })
  })
})

describe.concurrent('a program is named wrongly:', () => {
  test.for<readonly [string, readonly string[]]>([
    ['no program is named', ['--']],
    ['--json does not go with a program', ['--', 'app']],
    ['--once does not go with a program', ['--once', '--', 'app']],
    ['--linger does not go with a program', ['--linger', '--', 'app']],
    ['--token-file - does not go with a program', ['--token-file', '-', '--', 'app']],
    ['--on-new-token is about a program', ['--on-new-token', 'none']],
    ['--kill-after is about a program', ['--kill-after', '5s']],
    ['--on-new-token KILL is not', ['--on-new-token', 'KILL']],
  ])('%s', async ([message, args], { scene }) => {
    const at = args.indexOf('--')
    const [own, rest] = at === -1 ? [args, []] : [args.slice(0, at), args.slice(at)]
    const ended = await scene.run(['vault', 'keep-alive', ...own, '--json', ...rest])
    expect(ended.code).toBe(2)
    const plain = await scene.run(['vault', 'keep-alive', ...args], { timeout: 10_000 })
    if (!message.startsWith('--json')) expect(plain).toMatchObject({ code: 2, stdout: '' })
    expect(`${ended.stdout}${plain.stderr}`).toContain(message)
    expect(scene.vault.requestsTo('auth/token/renew-self')).toEqual([])
  })

  test('without -- it is no command', async ({ scene }) => {
    expect(await refusal(scene, ['vault', 'keep-alive', 'app'])).toMatchObject({ exitCode: 2 })
  })
})

const program = fileURLToPath(new URL('../../bin/certctl.cjs', import.meta.url))

function canBeFirst(): boolean {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!canBeFirst())('as the first process of a container', () => {
  const env = (scene: Scene) => ({
    PATH: process.env.PATH ?? '',
    HOME: scene.host.home,
    CERTCTL_CONFIG_DIR: scene.host.configDir,
    VAULT_ADDR: scene.vault.address,
    VAULT_TOKEN: scene.token,
  })

  test('it passes signals on, leaves no zombie and gives the status of its program', async ({ scene }) => {
    const zombies = 'for s in /proc/[0-9]*/stat; do read -r p c st r < $s; [ "$st" = Z ] && echo "zombie $p"; done'
    const script = `trap '${zombies}; echo passed on; exit 9' TERM; echo ready $$; kill -TERM 1; ${waits}`
    const inside = [process.execPath, program, 'vault', 'keep-alive', '--log-format', 'json', ...sh(script)]
    const ended = await runApart(['unshare', '--pid', '--fork', '--mount-proc', ...inside], env(scene))
    expect(ended.code).toBe(9)
    expect(ended.stdout).toContain('passed on')
    expect(ended.stdout).not.toContain('zombie')
  })
})

/** Not in this thread, which the fake Vault answers on. */
function runApart([file = '', ...args]: readonly string[], env: Record<string, string>) {
  return new Promise<{ readonly code: number; readonly stdout: string }>((resolve) => {
    execFile(file, args, { env, timeout: 30_000 }, (error, stdout) =>
      resolve({ code: error ? Number(error.code) : 0, stdout }),
    )
  })
}
