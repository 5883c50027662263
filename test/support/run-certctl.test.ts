import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestHost, makeTestHost, runCertctl, spawnCertctl } from './run-certctl.ts'

let host: TestHost

beforeAll(async () => {
  host = await makeTestHost()
})

afterAll(async () => {
  await host.remove()
})

/** A program of a few lines in the place of certctl: what is tested here is the running. */
async function programOf(source: string): Promise<string> {
  const path = join(host.workDir, `program-${source.length}.cjs`)
  await writeFile(path, source)
  return path
}

describe('running the program', () => {
  test('gives back its code, its streams and its document', async () => {
    const program = await programOf(
      'process.stdout.write(JSON.stringify({a: process.argv.slice(2)})); process.stderr.write("e"); process.exitCode = 7',
    )
    const run = await runCertctl(['x', '--y'], { host, program })
    expect(run).toMatchObject({ code: 7, signal: null, stderr: 'e' })
    expect(run.json()).toEqual({ a: ['x', '--y'] })
  })

  test('two documents are not one', async () => {
    const run = await runCertctl([], { host, program: await programOf('console.log("{}"); console.log("{}")') })
    expect(() => run.json()).toThrow('not one JSON document')
  })

  test('inherits nothing but what it is given', async () => {
    const program = await programOf('process.stdout.write(JSON.stringify(process.env))')
    process.env.VAULT_TOKEN = 'hvs.of-the-developer'
    try {
      const run = await runCertctl([], { host, program, env: { VAULT_ADDR: 'http://x', HOME: undefined } })
      const names = Object.keys(run.json()).filter((name) => !name.startsWith('__'))
      expect(names.toSorted()).toEqual(['CERTCTL_CONFIG_DIR', 'CERTCTL_STATE_DIR', 'PATH', 'VAULT_ADDR'])
    } finally {
      delete process.env.VAULT_TOKEN
    }
  })

  test('passes standard input on, and closes it when there is none', async () => {
    const program = await programOf('process.stdin.pipe(process.stdout)')
    expect((await runCertctl([], { host, program, stdin: 'text' })).stdout).toBe('text')
    expect((await runCertctl([], { host, program })).stdout).toBe('')
  })

  test('leaves a long-running one alive until it is told', async () => {
    const program = await programOf(
      'setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(3)); console.error("ready 1")',
    )
    const running = await spawnCertctl([], { host, program })
    expect(await running.waitForLine(/^ready \d/)).toBe('ready 1')
    running.kill()
    expect(await running.ended).toMatchObject({ code: 3, signal: null })
  })

  test('says so when the line never comes', async () => {
    const running = await spawnCertctl([], { host, program: await programOf('console.error("other")') })
    await expect(running.waitForLine(/ready/)).rejects.toThrow('before the end')
    await running.ended
  })

  test('kills what does not end in time', async () => {
    const program = await programOf('setInterval(() => {}, 1000)')
    expect(await runCertctl([], { host, program, timeout: 300 })).toMatchObject({ code: null, signal: 'SIGKILL' })
  })
})
