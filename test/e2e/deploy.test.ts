import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { status } from '../support/faults.ts'
import { issue, renew, serial, statusOf, type DeploymentDocument } from './support/deployments.ts'
import { hook, linesOf } from './support/hooks.ts'
import { like } from './support/matchers.ts'
import { test } from './support/scene.ts'

describe.concurrent('a hook', () => {
  test('is given the facts under three names, and no token', async ({ scene }) => {
    const path = await hook(scene, 'hook', 'env | sort')
    const args = ['--issuer', 'local', '--out', 'web', '--san', '10.0.0.7', '--deploy', `${path} "a b" '$HOME'`]
    const env = { VAULT_TOKEN: 'hvs.secret', CERTCTL_VAULT_TOKEN: 'hvs.secret', BAO_TOKEN: 'hvs.secret' }
    // The variables are more than what is kept of a hook's words.
    await writeFile(path, `#!/bin/sh\nenv > ${scene.path('env')}\nprintf '%s|' "$@"\n`)
    const run = await scene.run(['issue', 'web.corp', ...args, '--json'], { env })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const document = run.json() as { certificate: Record<string, string>; deployment: DeploymentDocument }
    expect(document.deployment).toEqual({
      state: 'deployed',
      hooks: [
        {
          command: `${path} "a b" '$HOME'`,
          exitCode: 0,
          durationSeconds: expect.any(Number) as number,
          output: 'a b|$HOME|',
        },
      ],
    })
    const lines = await linesOf(scene, 'env')
    const { serial: own, notAfter, fingerprintSha256 } = document.certificate
    const expected = {
      CERTCTL_NAME: 'web.corp',
      CERTCTL_NAMES: 'web.corp',
      CERTCTL_COUNT: '1',
      CERTCTL_DIR: scene.path('web'),
      CERTCTL_CERT_FILE: scene.path('web/cert.pem'),
      CERTCTL_CHAIN_FILE: scene.path('web/chain.pem'),
      CERTCTL_FULLCHAIN_FILE: scene.path('web/fullchain.pem'),
      CERTCTL_KEY_FILE: scene.path('web/privkey.pem'),
      CERTCTL_CA_FILE: scene.path('web/ca.pem'),
      CERTCTL_SERIAL: own,
      CERTCTL_FINGERPRINT: fingerprintSha256,
      CERTCTL_NOT_AFTER: notAfter,
      CERTCTL_DOMAINS: 'web.corp 10.0.0.7',
      CERTCTL_ISSUER_NAME: 'local',
      RENEWED_LINEAGE: scene.path('web'),
      RENEWED_DOMAINS: 'web.corp 10.0.0.7',
      LEGO_HOOK_CERT_NAME: 'web.corp',
      LEGO_HOOK_CERT_DOMAINS: 'web.corp,10.0.0.7',
      LEGO_HOOK_CERT_PATH: scene.path('web/fullchain.pem'),
      LEGO_HOOK_CERT_KEY_PATH: scene.path('web/privkey.pem'),
      LEGO_HOOK_ISSUER_CERT_PATH: scene.path('web/chain.pem'),
    }
    for (const [name, value] of Object.entries(expected)) expect(lines).toContain(`${name}=${value}`)
    expect(lines.join()).not.toContain('hvs.secret')
  })

  test('runs when a certificate changes, and not when nothing does', async ({ scene }) => {
    const path = await hook(scene, 'hook', `echo "$CERTCTL_SERIAL" >> ${scene.path('log')}`)
    await issue(scene, 'web', '--deploy', path)
    expect(await renew(scene, 'web')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'deployed', hooks: [] } },
    })
    expect(await renew(scene, 'web', '--force', '--dry-run')).toMatchObject({ code: 0 })
    expect(await renew(scene, 'web', '--force')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'deployed' } },
    })
    expect(await linesOf(scene, 'log')).toHaveLength(2)
  })

  test('runs when files beside the directory change, and after the way back', async ({ scene }) => {
    const path = await hook(scene, 'hook', `echo run >> ${scene.path('log')}`)
    await issue(scene, 'web', '--deploy', path)
    await renew(scene, 'web', '--combined-file', 'web.pem')
    expect(await linesOf(scene, 'log')).toHaveLength(2)
    await renew(scene, 'web', '--deploy-timeout', '5s')
    expect(await linesOf(scene, 'log')).toHaveLength(2)
    await renew(scene, 'web', '--force')
    expect(await renew(scene, 'web', '--undo')).toMatchObject({ code: 0, first: { deployment: { state: 'deployed' } } })
    expect(await linesOf(scene, 'log')).toHaveLength(4)
  })

  test('that several certificates share runs once, when all of them are there', async ({ scene }) => {
    const path = await hook(
      scene,
      'hook',
      `echo "$CERTCTL_COUNT [$CERTCTL_DIR]" $CERTCTL_NAMES >> ${scene.path('log')}`,
    )
    for (const name of ['a', 'b', 'c']) await issue(scene, name, '--deploy', path)
    const run = await renew(scene, '--all', '--force')
    expect(run).toMatchObject({ code: 0, summary: { renewed: 3 } })
    expect(run.results.map(({ deployment }) => deployment?.hooks.length)).toEqual([1, 1, 1])
    expect((await linesOf(scene, 'log')).slice(3)).toEqual(['3 [] a.corp b.corp c.corp'])
  })

  test('reloads a unit, without a shell, and signals whom a pid file names', async ({ scene }) => {
    await scene.write('bin/systemctl', `#!/bin/sh\necho "$@" >> ${scene.path('log')}\n`, 0o755)
    const child = spawn('sleep', ['60'])
    const ended = once(child, 'exit')
    await scene.write('web.pid', `${child.pid}\n`)
    const flags = ['--reload-unit', 'nginx.service', '--signal-pid-file', 'web.pid:HUP']
    const env = { PATH: `${scene.path('bin')}:${process.env.PATH}` }
    const run = await scene.run(['issue', 'web.corp', '--issuer', 'local', '--out', 'web', ...flags, '--json'], { env })
    expect(run.code).toBe(0)
    expect(await ended).toEqual([null, 'SIGHUP'])
    expect(await linesOf(scene, 'log')).toEqual(['try-reload-or-restart -- nginx.service'])
  })

  test('may be a line for a shell', async ({ scene }) => {
    const run = await issue(scene, 'web', '--deploy-shell', 'echo "$CERTCTL_NAME" | tr a-z A-Z && false')
    expect(run).toMatchObject({
      code: 9,
      deployment: { state: 'pending', hooks: [{ exitCode: 1, output: 'WEB.CORP' }] },
    })
  })

  test('that hangs is killed in time, with what it has started', async ({ scene }) => {
    const path = await hook(scene, 'hook', `sleep 300 & echo $! > ${scene.path('pid')}\nsleep 300`)
    const run = await issue(scene, 'web', '--deploy', path, '--deploy-timeout', '1s')
    expect(run).toMatchObject({ code: 9, deployment: { state: 'pending', hooks: [{ failure: like(/within 1s/) }] } })
    const [pid] = await linesOf(scene, 'pid')
    for (let tries = 0; tries < 200 && isRunning(Number(pid)); tries += 1) await wait(50)
    expect(isRunning(Number(pid))).toBe(false)
  })

  test.for([
    ['is gone since', (path: string) => rm(path), /cannot be started: it does not exist/],
    ['may not be run any more', (path: string) => chmod(path, 0o644), /cannot be started: permission denied/],
    [
      'has no interpreter',
      (path: string) => writeFile(path, '#!/nowhere/sh\n'),
      /interpreter that does not exist: \/nowhere\/sh/,
    ],
  ] as const)('that %s leaves the certificate in place, and owed', async ([, spoil, words], { scene }) => {
    const path = await hook(scene, 'hook', 'exit 0')
    await issue(scene, 'web', '--deploy', path)
    await spoil(path)
    const run = await renew(scene, 'web', '--force')
    expect(run).toMatchObject({ code: 9, stderr: like(words), first: { deployment: { state: 'pending' } } })
    expect(run.stderr).not.toContain('this is a bug')
    expect(await statusOf(scene)).toMatchObject([8, { deploy: 'pending', lastError: { code: 'hook-failed' } }])
  })

  test('is found, and told of the files, by paths with blanks and of any alphabet', async ({ scene }) => {
    await mkdir(scene.path('ein Örtchen ŵ'))
    const path = await hook(scene, 'ein Örtchen ŵ/hook', `printf '%s\\n' "$CERTCTL_DIR" "$1" > ${scene.path('log')}`)
    const out = 'ein Örtchen ŵ/web "x"'
    const args = ['issue', 'web.corp', '--issuer', 'local', '--out', out, '--deploy', `'${path}' 'ŵ "y"'`]
    expect(await scene.run(args)).toMatchObject({ code: 0, stderr: '' })
    expect(await linesOf(scene, 'log')).toEqual([scene.path(out), 'ŵ "y"'])
  })

  test('that leaves a process behind is not waited for', async ({ scene }) => {
    const path = await hook(scene, 'hook', `sleep 300 & echo $! > ${scene.path('pid')}`)
    const run = await issue(scene, 'web', '--deploy', path)
    expect(run).toMatchObject({ code: 0, deployment: { state: 'deployed' } })
    process.kill(Number((await linesOf(scene, 'pid'))[0]), 'SIGKILL')
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe.concurrent('a deployment that failed', () => {
  test('is tried by every run until it holds, and seen meanwhile', async ({ scene }) => {
    const path = await hook(scene, 'hook', `echo no such service; test -e ${scene.path('fixed')}`)
    const issued = await issue(scene, 'web', '--deploy', path)
    expect(issued).toMatchObject({
      code: 9,
      stderr: like(/web is published, but not deployed: .*hook ends with status 1, and says: no such service/),
      deployment: { state: 'pending', error: { code: 'hook-failed' } },
    })
    const run = await renew(scene, 'web', '--metrics-file', 'web.prom')
    expect(run).toMatchObject({
      code: 9,
      summary: { notDue: 1, deployPending: 1 },
      first: { action: 'not-due', deployment: { state: 'pending', hooks: [{ exitCode: 1 }] } },
    })
    expect(await readFile(scene.path('web.prom'), 'utf8')).toContain(
      'certctl_certificate_deploy_pending{name="web.corp"} 1',
    )
    expect(await statusOf(scene)).toMatchObject([
      8,
      { deploy: 'pending', lastError: { code: 'hook-failed', message: like(/web is published, but not deployed/) } },
    ])
    await scene.write('fixed', '')
    expect(await renew(scene, '--all', '--metrics-file', 'web.prom')).toMatchObject({
      code: 0,
      first: { action: 'not-due', deployment: { state: 'deployed', hooks: [{ exitCode: 0 }] } },
    })
    expect(await readFile(scene.path('web.prom'), 'utf8')).toContain(
      'certctl_certificate_deploy_pending{name="web.corp"} 0',
    )
    expect(await renew(scene, 'web')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'deployed', hooks: [] } },
    })
    expect(await statusOf(scene)).toMatchObject([0, { deploy: 'done' }])
  })

  test('keeps no other from being deployed', async ({ scene }) => {
    await issue(scene, 'a', '--deploy', await hook(scene, 'bad', 'exit 3'))
    await issue(scene, 'b', '--deploy', await hook(scene, 'good', 'exit 0'))
    const run = await renew(scene, '--all', '--force')
    expect(run.code).toBe(9)
    expect(run.results.map(({ action, deployment }) => [action, deployment?.state])).toEqual([
      ['renewed', 'pending'],
      ['renewed', 'deployed'],
    ])
  })

  test('is owed also when the run was killed before its end', async ({ scene }) => {
    const path = await hook(
      scene,
      'hook',
      `test -e ${scene.path('fixed')} || kill -9 $PPID; echo run >> ${scene.path('log')}`,
    )
    const args = ['issue', 'web.corp', '--issuer', 'local', '--out', 'web', '--deploy', path]
    expect(await scene.run(args)).toMatchObject({ code: null, signal: 'SIGKILL' })
    await scene.write('fixed', '')
    expect(await renew(scene, 'web')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'deployed', hooks: [{ exitCode: 0 }] } },
    })
  })

  test('is told to the command for failures', async ({ scene }) => {
    const tell = await hook(
      scene,
      'tell',
      `echo "$CERTCTL_PHASE $CERTCTL_NAME $CERTCTL_ERROR_CODE" >> ${scene.path('log')}`,
    )
    const bad = await hook(scene, 'bad', 'exit 3')
    await issue(scene, 'web', '--deploy', bad, '--on-failure', tell)
    await renew(scene, 'web')
    expect(await linesOf(scene, 'log')).toEqual(['deployment web.corp hook-failed', 'deployment web.corp hook-failed'])
  })

  test('of a renewal is told too, once for all that tell the same one', async ({ scene }) => {
    const tell = await hook(
      scene,
      'tell',
      `echo "$CERTCTL_PHASE $CERTCTL_COUNT $FAILED_DOMAINS" >> ${scene.path('log')}; echo "$CERTCTL_ERRORS" >> ${scene.path('errors')}`,
    )
    for (const name of ['a', 'b'])
      await scene.run(['issue', `${name}.contract.test`, '--out', name, '--on-failure', tell])
    scene.vault.faults.on(/sign/, status(400, 'not today'))
    expect(await renew(scene, '--all', '--force')).toMatchObject({ code: 4, summary: { failed: 2 } })
    expect(await linesOf(scene, 'log')).toEqual([' 2 a.contract.test b.contract.test'])
    expect(await linesOf(scene, 'errors')).toEqual([like(/\/a: .*not today/), like(/\/b: .*not today/)])
  })

  test('is none when the command line is wrong, and nobody is told', async ({ scene }) => {
    const tell = await hook(scene, 'tell', `echo run >> ${scene.path('log')}`)
    await issue(scene, 'web', '--on-failure', tell)
    const flags = ['--force', '--pkcs12-alias', 'web']
    expect(await renew(scene, 'web', ...flags)).toMatchObject({ code: 2, first: { action: 'failed' } })
    expect(await linesOf(scene, 'log')).toEqual([])
  })

  test('is given up when the hook is taken away', async ({ scene }) => {
    await issue(scene, 'web', '--deploy', await hook(scene, 'bad', 'exit 3'))
    expect(await renew(scene, 'web', '--deploy', '')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'none' } },
    })
    expect(await renew(scene, 'web')).toMatchObject({ code: 0, first: { deployment: { state: 'none', hooks: [] } } })
    expect(await statusOf(scene)).toMatchObject([0, { deploy: 'none' }])
  })
})

describe.concurrent('what was replaced', () => {
  test('is revoked once its successor is deployed, and not before', async ({ scene }) => {
    const path = await hook(scene, 'hook', 'exit 0')
    await issue(scene, 'web', '--deploy', path, '--revoke-previous')
    const first = await serial(scene, 'web')
    await renew(scene, 'web', '--deploy', await hook(scene, 'bad', 'exit 1'))
    const failed = await renew(scene, 'web', '--force')
    expect(failed).toMatchObject({ code: 9, first: { deployment: { state: 'pending' } } })
    expect(failed.first.deployment?.revoked).toBeUndefined()
    const second = await serial(scene, 'web')
    const run = await renew(scene, 'web', '--force', '--deploy', path)
    expect(run.code).toBe(0)
    const plain = run.first.deployment?.revoked?.map((one) => one.replaceAll(':', '').toUpperCase())
    expect(plain?.toSorted()).toEqual([first, second].toSorted())
    expect(await renew(scene, 'web', '--undo')).toMatchObject({ code: 7, first: { error: { code: 'revoked' } } })
  })

  test('stays valid without a word of it', async ({ scene }) => {
    await issue(scene, 'web', '--deploy', await hook(scene, 'hook', 'exit 0'))
    const run = await renew(scene, 'web', '--force')
    expect(run.first.deployment?.revoked).toBeUndefined()
  })
})

describe.concurrent('what is told of a deployment', () => {
  test.for([
    [['--deploy', 'reload "web'], 2, /--deploy reload "web is not a command/],
    [['--deploy', './reload'], 2, /no absolute path/],
    [['--deploy', '/nowhere/reload'], 7, /\/nowhere\/reload does not exist/],
    [['--deploy', '/etc/passwd'], 7, /\/etc\/passwd may not be run: permission denied/],
    [['--deploy', '/etc'], 7, /\/etc is no program/],
    [['--deploy', 'no-such-program-here'], 7, /no-such-program-here is not in PATH/],
    [['--on-failure', '/nowhere/tell'], 7, /\/nowhere\/tell does not exist/],
    [['--reload-unit', '--now'], 2, /--reload-unit/],
    [['--reload-unit', 'a b'], 2, /--reload-unit a b is no name of a unit/],
    [['--signal-pid-file', '/run/web.pid'], 2, /names no file and signal/],
    [['--probe', 'web'], 2, /--probe web is no endpoint/],
    [['--probe', 'web:443,starttls=ftp'], 2, /"ftp" is no protocol that starts TLS/],
    [['--probe', 'web:443,now'], 2, /"now" is not known/],
    [['--probe', 'web:70000'], 2, /names no port/],
    [['--probe-timeout', '3s'], 2, /--probe-timeout needs --probe/],
    [['--probe', 'web:443', '--probe-timeout', '0'], 2, /--probe-timeout is no time at all/],
    [['--deploy-timeout', '3s'], 2, /--deploy-timeout needs a hook/],
    [['--revoke-previous'], 2, /--revoke-previous needs a hook or --probe/],
    [['--deploy-each'], 2, /--deploy-each needs a hook/],
    [['--window', 'tomorrow'], 2, /--window "tomorrow" is no time of the week/],
    [['--renew-before', 'soon'], 2, /--renew-before soon is not a duration/],
    [['--out', '-', '--deploy-shell', 'true'], 2, /nothing is kept/],
  ] as const)('is refused before an issuer is asked: %j', async ([flags, code, message], { scene }) => {
    const out = flags.includes('--out' as never) ? [] : ['--out', 'web']
    const run = await scene.run(['issue', 'web.corp', '--issuer', 'local', ...out, ...flags])
    expect(run).toMatchObject({ code, stdout: '', stderr: like(message) })
    expect(await readFile(scene.path('web/cert.pem')).catch(() => undefined)).toBeUndefined()
  })

  test('is kept for renewals, in the state directory alone', async ({ scene }) => {
    const path = await hook(scene, 'hook', 'exit 0')
    await issue(scene, 'web', '--deploy', path, '--window', '02:00-04:00', '--renew-before', '20d')
    expect(await readFile(scene.path('web/certctl.json'), 'utf8')).not.toContain(path)
    expect(await renew(scene, 'web')).toMatchObject({
      code: 0,
      first: { deployment: { state: 'deployed', hooks: [] } },
    })
  })
})
