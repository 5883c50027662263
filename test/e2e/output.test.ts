import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { isInstalled } from '../support/outside-tool.ts'
import { delay } from '../support/faults.ts'
import { onTerminal } from './support/launchers.ts'
import { test } from './support/scene.ts'

const bare = { env: { VAULT_ADDR: undefined, VAULT_TOKEN: undefined, CERTCTL_VAULT_ROLE: undefined } }

describe.concurrent('streams', () => {
  test.for(['--help', 'help', 'vault --help', 'issue --help', '--version'])(
    'carry the answer to %s',
    async (line, { scene }) => {
      const run = await scene.run(line.split(' '))
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(run.stdout).toMatch(line === '--version' ? /^certctl\/\d+\.\d+\.\d+ / : /USAGE/)
    },
  )

  test.for([
    ['renew', 'renew [DIR...] [FLAGS]'],
    ['inspect', 'inspect TARGET [FLAGS]'],
    ['local init', 'local init [FLAGS]'],
    ['vault keep-alive', 'vault keep-alive [FLAGS] [-- COMMAND ARG...]'],
  ] as const)('tell in a line how %s is used, flags below', async ([command, usage], { scene }) => {
    const run = await scene.run([...command.split(' '), '--help'])
    expect(run.stdout).toContain(`\nUSAGE\n  $ certctl ${usage}\n\n`)
    expect(run.stdout).toContain('FLAGS\n  ')
  })

  test.for([
    ['issue a.contract.test', 0, /^issued/],
    ['vault token-status', 0, /^renewable/],
    ['renew --all', 0, /^$/],
    ['profile list', 0, /^no profile/],
    ['issue a.contract.test --role nope', 4, /^$/],
    ['renew nowhere', 7, /^$/],
    ['issue', 2, /^$/],
  ] as const)('carry the result on one and all else on the other: %s', async ([command, code, stdout], { scene }) => {
    const run = await scene.run(command.split(' '))
    expect(run.code).toBe(code)
    expect(run.stdout).toMatch(stdout)
    if (code === 0) expect(run.stderr).toBe('')
    else expect(run.stderr).toMatch(/^error: .+\nhint: .+\n$/)
  })

  test('show on a terminal what is waited for, once it takes a moment', async ({ scene }) => {
    scene.vault.faults.on('pki/sign/any', delay(1200))
    const env = { TERM: 'xterm', CI: undefined }
    const run = await scene.run(['issue', 'a.contract.test'], { program: await onTerminal(scene), env })
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(/asking the issuer\.\.\.[^]*issued.* a\.contract\.test/)
  })

  test('keep requests of the debug level on standard error, JSON on the other', async ({ scene }) => {
    const run = await scene.run(['issue', 'a.contract.test', '--json', '--log-level', 'debug'])
    expect(run.json()).toMatchObject({ schema: 1, action: 'issued' })
    expect(
      run.stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({ level: 'debug', message: 'http request', path: '/v1/pki/sign/any', status: 200 }),
    ])
  })

  test('that a reader closes early are no failure', ({ scene }) => {
    const program = process.execPath
    const line = `"$0" bin/certctl.cjs completion bash | head -c 10; echo ":\${PIPESTATUS[0]}"`
    const output = execFileSync('bash', ['-c', line, program], {
      encoding: 'utf8',
      env: { HOME: scene.host.home, PATH: process.env.PATH },
    })
    expect(output).toMatch(/^.{10}[^]*:0\n$/)
  })
})

test('output that cannot be written ends with 7 and no trace of the program', () => {
  const line = '"$0" bin/certctl.cjs generate alerts 2>&1 >/dev/full; echo $?'
  const output = execFileSync('sh', ['-c', line, process.execPath], { encoding: 'utf8' })
  expect(output).toMatch(/^error: standard output cannot be written: no space left on the disk\nhint: .*\n7\n$/)
})

describe.concurrent('colours', () => {
  // What shows that something is waited for moves the cursor, which is no colour.
  const colour = /\u001b\[[\d;]*m/
  const onXterm = { TERM: 'xterm', CI: undefined }
  const failing = ['vault', 'token-status', '--token-file', '/nowhere']

  test.for([
    ['are there on a terminal', {}, true],
    ['are not there with NO_COLOR', { NO_COLOR: '1' }, false],
    ['are there with an empty NO_COLOR', { NO_COLOR: '' }, true],
    ['are there with both, as FORCE_COLOR says', { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    ['are not there with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
  ] as const)('%s', async ([, variables, expected], { scene }) => {
    const env = { ...onXterm, ...variables }
    const program = await onTerminal(scene)
    const [result, failure] = await Promise.all([
      scene.run(['vault', 'token-status'], { program, env }),
      scene.run(failing, { program, env }),
    ])
    expect([result, failure].map(({ stdout }) => colour.test(stdout))).toEqual([expected, expected])
  })

  test('are not in a pipe for an empty FORCE_COLOR', async ({ scene }) => {
    const run = await scene.run(failing, { env: { FORCE_COLOR: '' } })
    expect(run.stderr).toMatch(/^error: /)
  })

  test.for([
    ['errors', failing, /^error: token file/],
    ['log lines', ['vault', 'keep-alive', '--log-format', 'text'], /^\d\d:\d\d:\d\d INFO {2}vault token/],
  ] as const)('are not in a file of %s because the result goes to a terminal', async ([, words, text], { scene }) => {
    const file = await scene.write('errors', '')
    const program = await onTerminal(scene, { errorsTo: file })
    const env = { ...onXterm, VAULT_TOKEN: scene.vault.rootToken }
    await scene.run(words, { program, env })
    expect(await readFile(file, 'utf8')).toMatch(text)
  })
})

describe.concurrent('completion', () => {
  const shells = [
    ['bash', ['-n']],
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const

  test.for(shells)('is a script that %s understands', async ([shell, check], { scene, skip }) => {
    const run = await scene.run(['completion', shell], bare)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    for (const word of ['token-status', 'keep-alive', 'renew-before']) expect(run.stdout).toContain(word)
    const file = await scene.write(`completion.${shell}`, run.stdout)
    if (!isInstalled(shell)) skip(`${shell} is not installed`)
    expect(execFileSync(shell, [...check, file], { encoding: 'utf8' })).toBe('')
  })

  test('completes commands, flags and their words in bash', async ({ scene }) => {
    const { stdout } = await scene.run(['completion', 'bash'], bare)
    const file = await scene.write('completion.bash', stdout)
    const complete = (...words: readonly string[]) => {
      const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _certctl; printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['-c', script, file, 'certctl', ...words], { encoding: 'utf8' })
        .trim()
        .split('\n')
    }
    expect(complete('')).toEqual(expect.arrayContaining(['issue', 'renew', 'vault', 'local', 'profile', 'completion']))
    expect(complete('vault', '')).toEqual(expect.arrayContaining(['token-status', 'keep-alive']))
    expect(complete('vault', 'keep-alive', '--met')).toEqual(['--metrics-listen', '--metrics-file'])
    expect(complete('issue', 'x', '--key-type', 'rsa')).toEqual(['rsa2048', 'rsa3072', 'rsa4096'])
  })
})
