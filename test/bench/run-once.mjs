import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const probe = join(dirname(fileURLToPath(import.meta.url)), 'peak-probe.cjs')

/** Runs a program to its end, its output in pipes as a script's would be; answers milliseconds. */
export function runOnce({ file, args, env }) {
  const started = performance.now()
  const { status, signal, error, stdout, stderr } = spawnSync(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const elapsed = performance.now() - started
  if (status !== 0) {
    const end = error?.message ?? signal ?? `status ${status}`
    throw new Error(`${[file, ...args].join(' ')} ended with ${end}\n${stdout}${stderr}`)
  }
  return elapsed
}

/** The most memory that a Node program held at any time, in MiB. It tells by itself when it ends, in a run that is not timed. */
export function peakOfNode({ file, args, env }) {
  const report = join(tmpdir(), `certctl-peak-${process.pid}`)
  try {
    runOnce({ file, args: ['--require', probe, ...args], env: { ...env, CERTCTL_BENCH_PEAK: report } })
    return Number(readFileSync(report, 'utf8'))
  } finally {
    rmSync(report, { force: true })
  }
}

/** The same of a program that is no Node: looked at while it runs, where the system tells. */
export async function peakOfForeign({ file, args, env }) {
  const child = spawn(file, args, { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  let peak
  const timer = setInterval(() => (peak = statusField(child.pid, 'VmHWM') ?? peak), 2)
  await ended
  clearInterval(timer)
  return peak
}

/** A field of /proc/PID/status in MiB; undefined where there is none. */
export function statusField(pid, field) {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return undefined
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(path, 'utf8'))
  return match ? Number(match[1]) / 1024 : undefined
}
